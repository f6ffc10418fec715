// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.PanelFormat;
import io.millrace.engine.kernel.Panels;
import io.millrace.engine.kernel.Panels.Way;

import java.util.Arrays;

/**
 * Which way a product is computed. Which of several gives other bits depends on whether rows were given or written alone, so
 * that a row's numbers do not depend on its company; between ways of the same bits, on what {@link SelfTest} measured.
 */
final class Crossover {
  private final int[] directRows = new int[PanelFormat.values().length];
  private volatile double cost = 1;
  private volatile double stepNanos = Double.POSITIVE_INFINITY;

  Crossover() {
    Arrays.fill(directRows, 2);
  }

  /** See {@link StepModel#readsApart}. */
  static boolean readsApart(Panels m) {
    return m.halves() || m.format().scaled();
  }

  Way way(Panels m, int rows, boolean given) {
    if (given && m.halves()) {
      return Way.HALVES;
    }
    if (m.format().scaled()) {
      return given ? Way.SHARED : Way.DIRECT;
    }
    return rows <= directRows[m.format().ordinal()] ? Way.DIRECT : Way.SHARED;
  }

  /** How long a step of four rows takes beside one of a single row, for the format for which that is longest. */
  double cost() {
    return cost;
  }

  void set(PanelFormat format, int directUpTo, double costOfFour) {
    directRows[format.ordinal()] = directUpTo;
    cost = Math.max(cost, costOfFour);
  }

  /** How long a step of a single row takes, at a position near the beginning; infinite before it was measured. */
  double stepNanos() {
    return stepNanos;
  }

  /** Notes how long a step of a single row took; the shortest counts. */
  void stepTook(long nanos) {
    stepNanos = Math.min(stepNanos, nanos);
  }

  @Override
  public String toString() {
    return directRows[PanelFormat.F32.ordinal()] + " rows of f32, " + directRows[PanelFormat.BF16.ordinal()]
        + " of bf16; four rows cost " + Math.round(cost * 100) / 100.0;
  }
}
