// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/** Reports how far one step is, at most about once a second, and asks whether to go on. */
final class StepProgress {

  private static final long INTERVAL_NANOS = 1_000_000_000L;

  private final String step;
  private final ProgressListener listener;
  private final BooleanSupplier cancelled;
  private String unit = "";
  private long start;
  private long startDone;
  private long last;
  private long lastDone = -1;

  StepProgress(String step, ProgressListener listener, BooleanSupplier cancelled) {
    this.step = step;
    this.listener = listener;
    this.cancelled = cancelled;
  }

  /** Reports that so many of all units are done; the rate and the remaining time follow from the clock. */
  void update(long done, long all, String unit) {
    double rate = rate(done, unit);
    Duration remaining =
        all > done && rate > 0 ? Duration.ofMillis(Math.round(1_000 * (all - done) / rate)) : null;
    update(done, all, unit, remaining, "");
  }

  /** Reports with a remaining time that the step knows better. */
  synchronized void update(long done, long all, String unit, @Nullable Duration remaining, String detail) {
    double rate = rate(done, unit);
    long now = System.nanoTime();
    if (done != lastDone && (now - last >= INTERVAL_NANOS || done == all)) {
      last = now;
      lastDone = done;
      listener.progress(new ProgressListener.Progress(step, done, all, unit, rate, remaining, detail));
    }
  }

  /**
   * Units a second since the first report of this kind of unit: what comes before it, such as starting a job or training
   * what is then measured, says nothing of the rest.
   */
  private synchronized double rate(long done, String unit) {
    long now = System.nanoTime();
    if (!unit.equals(this.unit) || done < lastDone) {
      this.unit = unit;
      start = now;
      startDone = done;
      last = now - INTERVAL_NANOS;
      lastDone = -1;
      return 0;
    }
    return now > start ? (done - startDone) / ((now - start) / 1e9) : 0;
  }

  /** Returns whether the step should stop: the caller said so or the thread was interrupted. */
  boolean stopped() {
    return cancelled.getAsBoolean() || Thread.currentThread().isInterrupted();
  }

  /** Throws when the step should stop; called between records. */
  void check() {
    if (stopped()) {
      throw new CancellationException(step + " was cancelled; run the same command again to continue");
    }
  }
}
