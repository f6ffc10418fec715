// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.util.Arrays;
import java.util.Locale;

/** Numbers for people, and the middle of several. */
public final class Figures {
  private Figures() {}

  /** Four significant digits, or the whole number where it has more. */
  public static String of(double value) {
    if (!Double.isFinite(value) || value == 0) {
      return String.valueOf(value);
    }
    int before = (int) Math.floor(Math.log10(Math.abs(value))) + 1;
    return String.format(Locale.ROOT, "%,." + Math.clamp(4 - before, 0, 6) + "f", value);
  }

  /** The middle value, or the mean of the two in the middle. */
  public static double median(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("no values: there is no median");
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
