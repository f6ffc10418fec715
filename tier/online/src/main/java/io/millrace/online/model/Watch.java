// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.core.spi.Generator;
import io.millrace.engine.upstream.UpstreamGenerator;
import io.millrace.online.telemetry.Telemetry;
import io.millrace.online.telemetry.TracedGenerator;

import java.util.function.ToDoubleFunction;

/**
 * How language models are watched: metrics under our names and under those of vLLM, and traces.
 *
 * @param own metrics under our names
 * @param vllm the same under those of vLLM
 * @param telemetry where traces go
 */
public record Watch(MeterRegistry own, VllmMetrics vllm, Telemetry telemetry) {

  /** Watches a model of ours; it is closed with the one that is returned. */
  Generator over(AdaptedDecoder engine) {
    return new TracedGenerator(new MeteredGenerator(engine, engine::metrics, this), "millrace", telemetry.tracer());
  }

  /** Watches another server's model, its budget and whether it is to be had; for the life of the process. */
  public Generator over(UpstreamGenerator upstream) {
    gauge("millrace.upstream.reachable", upstream, up -> up.status().reachable() ? 1 : 0);
    gauge("millrace.upstream.tokens.today", upstream,
        up -> up.status().inputTokens() + (double) up.status().outputTokens());
    gauge("millrace.upstream.money.today", upstream, up -> up.status().money());
    counter("millrace.upstream.requests", upstream, up -> up.status().requests());
    counter("millrace.upstream.retries", upstream, up -> up.status().retries());
    counter("millrace.upstream.failures", upstream, up -> up.status().failures());
    return new TracedGenerator(new MeteredGenerator(upstream, upstream::metrics, this), "openai", telemetry.tracer());
  }

  private void gauge(String name, UpstreamGenerator upstream, ToDoubleFunction<UpstreamGenerator> value) {
    Gauge.builder(name, upstream, value).tag("model", upstream.model()).register(own);
  }

  private void counter(String name, UpstreamGenerator upstream, ToDoubleFunction<UpstreamGenerator> value) {
    FunctionCounter.builder(name, upstream, value).tag("model", upstream.model()).register(own);
  }
}
