// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Confidence intervals of means by resampling (Efron 1979), the percentile form. The same seed gives the same. */
public final class Bootstrap {

  private static final int ROUNDS = 1_000;

  /**
   * A mean and how sure it is.
   *
   * @param mean of the sample; NaN for an empty one
   * @param low lower end of the 95 % interval
   * @param high upper end
   * @param count size of the sample
   */
  public record Estimate(double mean, double low, double high, int count) {}

  private Bootstrap() {}

  /** Estimates the mean of what the values were drawn from. */
  public static Estimate mean(double[] values, long seed) {
    if (values.length == 0) {
      return new Estimate(Double.NaN, Double.NaN, Double.NaN, 0);
    }
    SplittableRandom random = new SplittableRandom(seed);
    double[] means = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      double sum = 0;
      for (int i = 0; i < values.length; i++) {
        sum += values[random.nextInt(values.length)];
      }
      means[round] = sum / values.length;
    }
    Arrays.sort(means);
    return new Estimate(
        Arrays.stream(values).sum() / values.length,
        means[(int) Math.floor(0.025 * (ROUNDS - 1))],
        means[(int) Math.ceil(0.975 * (ROUNDS - 1))],
        values.length);
  }
}
