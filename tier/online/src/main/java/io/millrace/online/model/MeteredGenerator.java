// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Piece;
import io.millrace.core.spi.ForwardingGenerator;
import io.millrace.core.spi.Generator;
import io.millrace.engine.EngineMetrics;
import io.millrace.engine.Histogram;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** A language model whose engine can be watched, by version; what is shown goes when the model is closed. */
final class MeteredGenerator extends ForwardingGenerator {

  private static final String MODEL = "model";

  private final Supplier<EngineMetrics> engine;
  private final Watch registry;
  private final VllmMetrics.Watched watched;
  private final Map<Finish, LongAdder> finished = new EnumMap<>(Finish.class);
  private final List<Meter> meters = new ArrayList<>();

  /**
   * Watches a model.
   *
   * @param engine what it does and did
   * @param registry where that is shown
   */
  MeteredGenerator(Generator generator, Supplier<EngineMetrics> engine, Watch registry) {
    super(generator);
    this.engine = engine;
    this.registry = registry;
    for (Finish why : Finish.values()) {
      finished.put(why, new LongAdder());
    }
    this.watched = new VllmMetrics.Watched(this::finished, engine);
    registry.vllm().add(generator.model(), watched);
    gauge("millrace.engine.running", EngineMetrics::running);
    gauge("millrace.engine.waiting", EngineMetrics::waiting);
    counter("millrace.engine.finished", EngineMetrics::allFinished);
    counter("millrace.engine.cancelled", seen -> seen.finished(Finish.CANCELLED));
    counter("millrace.engine.refused", EngineMetrics::refused);
    counter("millrace.engine.tokens.read", EngineMetrics::promptTokens);
    counter("millrace.engine.tokens.written", EngineMetrics::generatedTokens);
    timer("millrace.engine.first.token", EngineMetrics::timeToFirstToken);
    timer("millrace.engine.next.token", EngineMetrics::interToken);
  }

  private long finished(Finish why) {
    LongAdder count = finished.get(why);
    return count == null ? 0 : count.sum();
  }

  private void gauge(String name, ToDoubleFunction<EngineMetrics> value) {
    meters.add(
        Gauge.builder(name, engine, seen -> value.applyAsDouble(seen.get()))
            .tag(MODEL, model())
            .register(registry.own()));
  }

  private void counter(String name, ToDoubleFunction<EngineMetrics> value) {
    meters.add(
        FunctionCounter.builder(name, engine, seen -> value.applyAsDouble(seen.get()))
            .tag(MODEL, model())
            .register(registry.own()));
  }

  private void timer(String name, Function<EngineMetrics, Histogram> times) {
    meters.add(
        FunctionTimer.builder(
                name,
                engine,
                seen -> times.apply(seen.get()).count(),
                seen -> times.apply(seen.get()).total(),
                TimeUnit.SECONDS)
            .tag(MODEL, model())
            .register(registry.own()));
  }

  @Override
  public Generation generate(GenerationRequest request, Consumer<Piece> onPiece) {
    Generation generation = super.generate(request, onPiece);
    LongAdder count = finished.get(generation.finish());
    if (count != null) {
      count.increment();
    }
    return generation;
  }

  @Override
  public void close() {
    registry.vllm().remove(model(), watched);
    meters.forEach(registry.own()::remove);
    super.close();
  }
}
