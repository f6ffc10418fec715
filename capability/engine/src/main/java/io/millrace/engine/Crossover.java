// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.PanelFormat;

import java.util.Arrays;

/**
 * Up to how many rows a product reads the words once for each row; more share unpacked tiles. Both give the same bits, so
 * what is faster on this machine is all that matters; {@link SelfTest} measures it.
 */
final class Crossover {
  private final int[] directRows = new int[PanelFormat.values().length];
  private volatile double cost = 1;
  private volatile double stepNanos = Double.POSITIVE_INFINITY;

  Crossover() {
    Arrays.fill(directRows, 2);
  }

  boolean direct(PanelFormat format, int rows) {
    return rows <= directRows[format.ordinal()];
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
    return Arrays.toString(directRows) + " four rows cost " + Math.round(cost * 100) / 100.0;
  }
}
