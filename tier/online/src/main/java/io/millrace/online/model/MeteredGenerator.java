// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;
import io.millrace.core.spi.Generator;
import io.millrace.engine.DecoderGenerator;
import io.millrace.engine.EngineMetrics;
import io.millrace.engine.Histogram;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** A language model whose engine can be watched, by version; what is shown goes when the model is closed. */
final class MeteredGenerator implements Generator {

  private static final String MODEL = "model";

  private final DecoderGenerator generator;
  private final MeterRegistry registry;
  private final List<Meter> meters = new ArrayList<>();

  MeteredGenerator(DecoderGenerator generator, MeterRegistry registry) {
    this.generator = generator;
    this.registry = registry;
    gauge("millrace.engine.running", EngineMetrics::running);
    gauge("millrace.engine.waiting", EngineMetrics::waiting);
    counter("millrace.engine.finished", EngineMetrics::allFinished);
    counter("millrace.engine.cancelled", engine -> engine.finished(Finish.CANCELLED));
    counter("millrace.engine.refused", EngineMetrics::refused);
    counter("millrace.engine.tokens.read", EngineMetrics::promptTokens);
    counter("millrace.engine.tokens.written", EngineMetrics::generatedTokens);
    timer("millrace.engine.first.token", EngineMetrics::timeToFirstToken);
    timer("millrace.engine.next.token", EngineMetrics::interToken);
  }

  private void gauge(String name, ToDoubleFunction<EngineMetrics> value) {
    meters.add(
        Gauge.builder(name, generator, engine -> value.applyAsDouble(engine.metrics()))
            .tag(MODEL, generator.model())
            .register(registry));
  }

  private void counter(String name, ToDoubleFunction<EngineMetrics> value) {
    meters.add(
        FunctionCounter.builder(name, generator, engine -> value.applyAsDouble(engine.metrics()))
            .tag(MODEL, generator.model())
            .register(registry));
  }

  private void timer(String name, Function<EngineMetrics, Histogram> times) {
    meters.add(
        FunctionTimer.builder(
                name,
                generator,
                engine -> times.apply(engine.metrics()).count(),
                engine -> times.apply(engine.metrics()).total(),
                TimeUnit.SECONDS)
            .tag(MODEL, generator.model())
            .register(registry));
  }

  @Override
  public String model() {
    return generator.model();
  }

  @Override
  public int context() {
    return generator.context();
  }

  @Override
  public int count(Prompt prompt) {
    return generator.count(prompt);
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    return generator.generate(request, onPiece);
  }

  @Override
  public void close() {
    meters.forEach(registry::remove);
    generator.close();
  }
}
