// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** Hears what the pipeline does, on the thread that runs it or one of its jobs. */
public interface ProgressListener {

  /** Tells nobody. */
  ProgressListener NONE =
      new ProgressListener() {
        @Override
        public void started(String step, String purpose) {}

        @Override
        public void progress(Progress progress) {}

        @Override
        public void finished(StepReport report) {}
      };

  /**
   * How far a step is.
   *
   * @param done units done
   * @param all units there are; 0 when unknown
   * @param unit what is counted, for example {@code pages}
   * @param perSecond units a second so far
   * @param remaining until the step's end; null when unknown
   * @param detail more to show, for example the loss; may be empty
   */
  record Progress(
      String step,
      long done,
      long all,
      String unit,
      double perSecond,
      @Nullable Duration remaining,
      String detail) {}

  /**
   * A step begins; it is not said for steps whose result is there already.
   *
   * @param purpose what it does, for people
   */
  void started(String step, String purpose);

  /** Called about once a second. */
  void progress(Progress progress);

  /** A step has its result, an earlier one or a new one. */
  void finished(StepReport report);
}
