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

  Crossover() {
    Arrays.fill(directRows, 2);
  }

  boolean direct(PanelFormat format, int rows) {
    return rows <= directRows[format.ordinal()];
  }

  void directUpTo(PanelFormat format, int rows) {
    directRows[format.ordinal()] = rows;
  }

  @Override
  public String toString() {
    return Arrays.toString(directRows);
  }
}
