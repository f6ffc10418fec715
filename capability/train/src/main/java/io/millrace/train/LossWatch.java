// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Notices a loss that explodes without becoming infinite. One bad batch is no explosion, so the loss must stay far above
 * its recent median for several steps; the median and the median deviation are not moved by the outliers themselves.
 */
final class LossWatch {
  /** Steps that the median is taken of. */
  private static final int MEMORY = 100;
  /** Before so many steps nothing is judged: a run begins with large changes. */
  private static final int LEAST = 30;
  /** Steps in a row that make an explosion. */
  private static final int STREAK = 5;
  /** Deviations, each scaled to the standard deviation of normal noise, that are still noise. */
  private static final double DEVIATIONS = 10;
  private static final double NORMAL = 1.4826;

  private final Deque<Double> recent = new ArrayDeque<>();
  private int streak;
  private double limit = Double.POSITIVE_INFINITY;

  /** Takes in the loss of a step; true when it has exploded. */
  boolean exploded(double loss) {
    if (recent.size() >= LEAST) {
      double[] sorted = recent.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      double median = sorted[sorted.length / 2];
      double[] deviations = Arrays.stream(sorted).map(value -> Math.abs(value - median)).sorted().toArray();
      // A loss of 3 nats that goes above 6 has lost what was learnt; a loss near 0 has more room.
      limit = median + Math.max(1, Math.abs(median)) + DEVIATIONS * NORMAL * deviations[deviations.length / 2];
      if (loss > limit) {
        return ++streak >= STREAK;
      }
    }
    streak = 0;
    recent.addLast(loss);
    if (recent.size() > MEMORY) {
      recent.removeFirst();
    }
    return false;
  }

  /** Whether the last loss was far too large: not a moment to replace the last good checkpoint. */
  boolean suspicious() {
    return streak > 0;
  }

  /** What the loss would have had to stay below. */
  double limit() {
    return limit;
  }
}
