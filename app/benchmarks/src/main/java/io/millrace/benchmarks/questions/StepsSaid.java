// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.benchmarks.BenchRun;
import io.millrace.offline.ProgressListener;
import io.millrace.offline.StepReport;

/** Says which steps of the pipeline run before anything can be measured, and what they came to. */
record StepsSaid(BenchRun run) implements ProgressListener {
  @Override
  public void started(String step, String purpose) {
    run.say(step + ": " + purpose + ", as the first 'millrace up' does; kept for the next time");
  }

  /** The steps take a minute or two; their end is said. */
  @Override
  public void progress(ProgressListener.Progress progress) {}

  @Override
  public void finished(StepReport report) {
    run.say(report.step() + ": " + report.built());
    report.notes().forEach(note -> run.say("  note: " + note));
  }
}
