// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.engine.EngineMetrics;
import io.millrace.engine.Histogram;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Metrics of language models under the names that vLLM gives them, so that dashboards and alerts made for it work here.
 * They go to Prometheus directly: Micrometer would write {@code vllm_} for {@code vllm:}. See
 * https://docs.vllm.ai/en/latest/usage/metrics.html.
 */
public final class VllmMetrics implements MultiCollector {

  /** vLLM's words for why a request ended well. */
  private static final Map<Finish, String> REASONS =
      new EnumMap<>(
          Map.of(
              Finish.STOP, "stop", Finish.TOOL_CALLS, "stop", Finish.LENGTH, "length", Finish.DEADLINE, "abort",
              Finish.CANCELLED, "abort"));

  private final Map<String, Watched> models = new ConcurrentHashMap<>();

  /**
   * A model.
   *
   * @param finished how many requests ended for a reason, as their readers saw it: a stop text is one of the model's
   *      ends too
   */
  record Watched(Function<Finish, Long> finished, Supplier<EngineMetrics> engine) {}

  /** What one model is at the moment of a scrape. */
  private record Seen(Labels labels, Watched model, EngineMetrics engine) {}

  void add(String model, Watched watched) {
    models.put(model, watched);
  }

  void remove(String model, Watched watched) {
    models.remove(model, watched);
  }

  @Override
  public MetricSnapshots collect() {
    List<Seen> seen = new ArrayList<>();
    models.forEach((name, model) -> seen.add(new Seen(Labels.of("model_name", name), model, model.engine().get())));
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    gauge(all, seen, "num_requests_running", "requests in the engine's steps", EngineMetrics::running);
    gauge(all, seen, "num_requests_waiting", "requests that wait to be taken on", EngineMetrics::waiting);
    gauge(all, seen, "kv_cache_usage_perc", "share of the key-value cache in use; 1 is all", EngineMetrics::cacheUse);
    counter(all, seen, "prefix_cache_queries", "tokens of prompts looked for in the cache",
        EngineMetrics::prefixQueries);
    counter(all, seen, "prefix_cache_hits", "tokens of prompts found in the cache", EngineMetrics::prefixHits);
    counter(all, seen, "num_preemptions", "requests that gave their memory back for a while",
        EngineMetrics::preemptions);
    counter(all, seen, "prompt_tokens", "tokens read", EngineMetrics::promptTokens);
    counter(all, seen, "generation_tokens", "tokens written", EngineMetrics::generatedTokens);
    counter(all, seen, "spec_decode_num_draft_tokens", "tokens that speculation proposed",
        EngineMetrics::draftedTokens);
    counter(all, seen, "spec_decode_num_accepted_tokens", "tokens of these that held", EngineMetrics::acceptedTokens);
    success(all, seen);
    histogram(all, seen, "time_to_first_token_seconds", "from arrival to the first token",
        EngineMetrics::timeToFirstToken);
    histogram(all, seen, "inter_token_latency_seconds", "from one token to the next", EngineMetrics::interToken);
    histogram(all, seen, "e2e_request_latency_seconds", "from arrival to the end", EngineMetrics::wholeTime);
    histogram(all, seen, "request_queue_time_seconds", "from arrival to the first step", EngineMetrics::queueTime);
    histogram(all, seen, "request_prefill_time_seconds", "from the first step to the first token",
        EngineMetrics::prefillTime);
    histogram(all, seen, "request_decode_time_seconds", "from the first token to the last", EngineMetrics::decodeTime);
    return all.build();
  }

  private static void gauge(
      MetricSnapshots.Builder all, List<Seen> seen, String name, String help, ToDoubleFunction<EngineMetrics> value) {
    GaugeSnapshot.Builder gauge = GaugeSnapshot.builder().name("vllm:" + name).help(help);
    for (Seen each : seen) {
      gauge.dataPoint(
          GaugeSnapshot.GaugeDataPointSnapshot.builder()
              .labels(each.labels()).value(value.applyAsDouble(each.engine())).build());
    }
    all.metricSnapshot(gauge.build());
  }

  private static void counter(
      MetricSnapshots.Builder all, List<Seen> seen, String name, String help, ToDoubleFunction<EngineMetrics> value) {
    CounterSnapshot.Builder counter = CounterSnapshot.builder().name("vllm:" + name).help(help);
    for (Seen each : seen) {
      counter.dataPoint(count(each.labels(), value.applyAsDouble(each.engine())));
    }
    all.metricSnapshot(counter.build());
  }

  private static void success(MetricSnapshots.Builder all, List<Seen> seen) {
    CounterSnapshot.Builder counter =
        CounterSnapshot.builder().name("vllm:request_success").help("requests that ended, by why");
    for (Seen each : seen) {
      Map<String, Long> counts = new LinkedHashMap<>();
      REASONS.forEach((finish, reason) -> counts.merge(reason, each.model().finished().apply(finish), Long::sum));
      counts.forEach((reason, count) -> {
        Labels labels = each.labels().merge(Labels.of("finished_reason", reason));
        counter.dataPoint(count(labels, count));
      });
    }
    all.metricSnapshot(counter.build());
  }

  private static CounterSnapshot.CounterDataPointSnapshot count(Labels labels, double value) {
    return CounterSnapshot.CounterDataPointSnapshot.builder().labels(labels).value(value).build();
  }

  private static void histogram(
      MetricSnapshots.Builder all,
      List<Seen> seen,
      String name,
      String help,
      Function<EngineMetrics, Histogram> times) {
    HistogramSnapshot.Builder histogram = HistogramSnapshot.builder().name("vllm:" + name).help(help);
    for (Seen each : seen) {
      Histogram counted = times.apply(each.engine());
      ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
      long below = 0;
      for (int i = 0; i < counted.bounds().size(); i++) {
        buckets.bucket(counted.bounds().get(i), counted.counts().get(i));
        below += counted.counts().get(i);
      }
      buckets.bucket(Double.POSITIVE_INFINITY, counted.count() - below);
      histogram.dataPoint(
          HistogramDataPointSnapshot.builder().labels(each.labels()).classicHistogramBuckets(buckets.build())
              .sum(counted.total()).build());
    }
    all.metricSnapshot(histogram.build());
  }
}
