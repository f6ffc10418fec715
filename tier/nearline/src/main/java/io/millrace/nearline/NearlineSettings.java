// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * How the streaming tier runs.
 *
 * @param home directory whose {@code nearline} folder holds state and checkpoints
 * @param embedders for vectors; null where vectors are not wanted
 * @param parallelism subtasks of each operator
 * @param checkpointEvery time between checkpoints: what a restart goes through again at most
 * @param managedMegabytes memory of the state backend, over all jobs
 * @param cluster Flink configuration of a cluster to submit to, for example {@code execution.target=remote} with
 *     {@code rest.address}; empty to run in this process
 */
public record NearlineSettings(
    Path home,
    @Nullable Embedders embedders,
    int parallelism,
    Duration checkpointEvery,
    int managedMegabytes,
    Map<String, String> cluster) {

  public NearlineSettings {
    cluster = Map.copyOf(cluster);
    if (parallelism < 1) {
      throw new IllegalArgumentException("nearline parallelism " + parallelism + " is not positive");
    }
    if (checkpointEvery.toMillis() < 10) {
      throw new IllegalArgumentException("nearline checkpoints every " + checkpointEvery + ": use at least 10 ms");
    }
    if (managedMegabytes < 32) {
      throw new IllegalArgumentException("nearline with " + managedMegabytes + " MB for its state: use at least 32");
    }
  }

  /** In this process, small. */
  public static NearlineSettings embedded(Path home, @Nullable Embedders embedders) {
    return new NearlineSettings(home, embedders, 1, Duration.ofSeconds(5), 128, Map.of());
  }

  /** The same with another time between checkpoints. */
  public NearlineSettings withCheckpointEvery(Duration other) {
    return new NearlineSettings(home, embedders, parallelism, other, managedMegabytes, cluster);
  }

  /** The same on a cluster. */
  public NearlineSettings withCluster(Map<String, String> flink, int subtasks) {
    return new NearlineSettings(home, embedders, subtasks, checkpointEvery, managedMegabytes, flink);
  }
}
