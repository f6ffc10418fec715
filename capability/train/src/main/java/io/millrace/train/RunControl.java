// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.distributed.Distribution;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What surrounds a training run: where its state lies, who watches, who may stop it.
 *
 * @param folder working folder of this run, the same for all processes: {@code metrics.jsonl} and, while unfinished, a
 *     checkpoint; a run that finds the latter continues from it, also with another number of processes
 * @param listener told after each step, in the process of rank 0
 * @param cancelled asked before each step; true from any process stops all after writing a checkpoint
 * @param checkpointEvery time between checkpoints
 * @param distribution the processes that train together
 */
public record RunControl(
    Path folder,
    Progress.Listener listener,
    BooleanSupplier cancelled,
    Duration checkpointEvery,
    Distribution distribution) {
  /** A run of one process. */
  public RunControl(Path folder, Progress.Listener listener, BooleanSupplier cancelled, Duration checkpointEvery) {
    this(folder, listener, cancelled, checkpointEvery, Distribution.alone());
  }

  /** A run that nobody watches or stops. */
  public static RunControl in(Path folder) {
    return new RunControl(folder, Progress.Listener.NONE, () -> false, Duration.ofSeconds(20));
  }

  /** The same with this listener. */
  public RunControl listener(Progress.Listener listener) {
    return new RunControl(folder, listener, cancelled, checkpointEvery, distribution);
  }

  /** The same, stopped when {@code cancelled} says so. */
  public RunControl cancelled(BooleanSupplier cancelled) {
    return new RunControl(folder, listener, cancelled, checkpointEvery, distribution);
  }

  /** The same, with so much time between checkpoints. */
  public RunControl checkpointEvery(Duration time) {
    return new RunControl(folder, listener, cancelled, time, distribution);
  }

  /** Whether the folder holds a checkpoint, of whatever number of processes, be it torn. */
  public boolean unfinished() throws IOException {
    return new TrainingState(folder, distribution).unfinished();
  }

  /** Deletes what a run would continue from. */
  public void forget() throws IOException {
    new TrainingState(folder, distribution).deleteCheckpoint();
  }

  /** The same, as one of several processes. */
  public RunControl distributed(Distribution processes) {
    return new RunControl(folder, listener, cancelled, checkpointEvery, processes);
  }
}
