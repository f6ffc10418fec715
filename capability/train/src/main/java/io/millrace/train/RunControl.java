// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * What surrounds a training run: where its state lies, who watches, who may stop it.
 *
 * @param folder working folder of this run: {@code metrics.jsonl} and, while unfinished, {@code resume.safetensors};
 *     a run that finds the latter continues from it
 * @param listener told after each step
 * @param cancelled asked before each step; true stops after writing a checkpoint
 * @param checkpointEvery time between checkpoints
 */
public record RunControl(
    Path folder, Progress.Listener listener, BooleanSupplier cancelled, Duration checkpointEvery) {

  /** A run that nobody watches or stops. */
  public static RunControl in(Path folder) {
    return new RunControl(folder, Progress.Listener.NONE, () -> false, Duration.ofSeconds(20));
  }

  /** The same with this listener. */
  public RunControl listener(Progress.Listener listener) {
    return new RunControl(folder, listener, cancelled, checkpointEvery);
  }

  /** The same, stopped when {@code cancelled} says so. */
  public RunControl cancelled(BooleanSupplier cancelled) {
    return new RunControl(folder, listener, cancelled, checkpointEvery);
  }
}
