// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run of a bench: how thorough it is to be, and what it has found. Confined to the thread that measures. */
public final class BenchRun {
  private final boolean quick;
  private final Consumer<String> progress;
  private final List<Row> rows = new ArrayList<>();

  /**
   * A run that has found nothing yet.
   *
   * @param quick whether an answer within 5 minutes is wanted
   * @param progress takes a line for people whenever something begins or is known
   */
  public BenchRun(boolean quick, Consumer<String> progress) {
    this.quick = quick;
    this.progress = progress;
  }

  /** Whether an answer within 5 minutes is wanted. */
  public boolean quick() {
    return quick;
  }

  /** Tells people what goes on. */
  public void say(String line) {
    progress.accept(line);
  }

  /** Takes a figure. */
  public void add(Row row) {
    rows.add(row);
    say("  " + row);
  }

  /** What was found so far. */
  public List<Row> rows() {
    return List.copyOf(rows);
  }
}
