// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** The pipelines of the tier and what they have in common, wherever they run. */
final class Pipelines {

  /**
   * A job of its own: none of them holds up another, neither by its work nor by its failures.
   *
   * @param name also of its checkpoints' directory
   * @param topic that it follows
   * @param graph adds its operators
   */
  record Pipeline(String name, Topic topic, BiConsumer<StreamExecutionEnvironment, LogStreams> graph) {}

  /** How many there are without tuned models: two beside embeddings, and one a lane. */
  static final int USUAL = 2 + Lane.values().length;

  private Pipelines() {}

  /** The pipelines that have nothing to do with embeddings. */
  static List<Pipeline> besideEmbeddings() {
    return List.of(
        new Pipeline("passages", Topic.DOCUMENTS, DocumentsJob::passages),
        new Pipeline("features", Topic.EVENTS, FeaturesJob::features));
  }

  /** The pipelines that embed by the pretrained models. */
  static List<Pipeline> pretrained(Embedders embedders) {
    return lanes("", lane -> new PassageEmbedding(lane, embedders));
  }

  /** The pipelines that embed by a tuned model. */
  static List<Pipeline> tuned(TunedEmbedding tuned) {
    return lanes(tuned.suffix(), lane -> new PassageEmbedding(lane, tuned));
  }

  /** The names of the pipelines that embed by a model. */
  static List<String> names(String suffix) {
    return Stream.of(Lane.values()).map(lane -> (lane == Lane.LIVE ? "vectors-live" : "vectors-backlog") + suffix).toList();
  }

  private static List<Pipeline> lanes(String suffix, Function<Lane, PassageEmbedding> embedding) {
    List<String> names = names(suffix);
    List<Pipeline> pipelines = new ArrayList<>();
    for (Lane lane : Lane.values()) {
      pipelines.add(
          new Pipeline(
              names.get(lane.ordinal()),
              Topic.DOCUMENTS,
              (environment, log) -> DocumentsJob.vectors(environment, log, embedding.apply(lane))));
    }
    return pipelines;
  }

  /** Returns the environment that a pipeline's graph has been added to; it is not running yet. */
  static StreamExecutionEnvironment build(Pipeline pipeline, EventLog log, Configuration configuration) {
    StreamExecutionEnvironment environment = new StreamExecutionEnvironment(configuration);
    pipeline.graph().accept(environment, new LogStreams(log));
    return environment;
  }

  /** Settings that pipelines have wherever they run; a cluster's own configuration comes on top. */
  static Configuration configuration(Pipeline pipeline, NearlineSettings settings) {
    Configuration all = new Configuration();
    all.set(PipelineOptions.NAME, pipeline.name());
    all.set(PipelineOptions.MAX_PARALLELISM, 128); // The same for ever: state is cut into so many pieces.
    all.set(CoreOptions.DEFAULT_PARALLELISM, settings.parallelism());
    all.set(PipelineOptions.OBJECT_REUSE, true); // Records are immutable.
    all.set(PipelineOptions.GENERIC_TYPES, false); // Whatever travels has a serializer that lasts.
    all.set(PipelineOptions.AUTO_WATERMARK_INTERVAL, Duration.ofSeconds(1));
    all.set(ExecutionOptions.BUFFER_TIMEOUT, Duration.ofMillis(2));
    all.set(StateBackendOptions.STATE_BACKEND, "rocksdb");
    all.set(CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE, CheckpointingMode.EXACTLY_ONCE);
    all.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, settings.checkpointEvery());
    all.set(CheckpointingOptions.MIN_PAUSE_BETWEEN_CHECKPOINTS, settings.checkpointEvery().dividedBy(2));
    all.set(CheckpointingOptions.CHECKPOINTING_TIMEOUT, Duration.ofMinutes(10));
    all.set(CheckpointingOptions.TOLERABLE_FAILURE_NUMBER, Integer.MAX_VALUE);
    all.set(CheckpointingOptions.ENABLE_UNALIGNED, true); // Does not wait behind documents that are being embedded.
    all.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    all.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    all.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, Duration.ofMillis(200));
    all.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, Duration.ofSeconds(20));
    return all;
  }
}
