// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

/**
 * Says what cosines of one model would be if another one had given them: training moves texts that have nothing to do with each
 * other apart, so that a tuned model's cosines are lower and wider than those of the model that it was, and whoever judges by a
 * cosine would take what is near for far.
 *
 * @param factor above 0, so that the order stays
 * @param offset added to the product
 */
public record CosineScale(double factor, double offset) {

  /** That of the model whose cosines limits are set by. */
  public static final CosineScale PLAIN = new CosineScale(1, 0);

  /** From so few cosines no deviation is known. */
  private static final int LEAST = 30;

  /** Beyond such a factor, or its inverse, what was measured is not the same thing. */
  private static final double MOST = 5;

  /** Checks the ranges. */
  public CosineScale {
    if (!(factor > 0 && factor < Double.POSITIVE_INFINITY && Double.isFinite(offset))) {
      throw new IllegalArgumentException("cosines times " + factor + " plus " + offset + ": use a factor above 0 and a finite offset");
    }
  }

  /**
   * The scale on which some cosines have the mean and the deviation that they had before.
   *
   * @param before cosines of the same texts by the other model, as many as {@code after}
   * @return {@link #PLAIN} where there is too little to go by
   */
  public static CosineScale between(double[] before, double[] after) {
    if (before.length != after.length || before.length < LEAST) {
      return PLAIN;
    }
    double factor = deviation(before) / deviation(after);
    return factor >= 1 / MOST && factor <= MOST ? new CosineScale(factor, mean(before) - factor * mean(after)) : PLAIN;
  }

  /** Returns what the other model's cosine would be. */
  public double of(double cosine) {
    return factor * cosine + offset;
  }

  private static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return Math.sqrt(sum / values.length);
  }
}
