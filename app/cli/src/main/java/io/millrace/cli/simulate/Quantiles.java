// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.util.Collection;

/**
 * Quantiles of times, by nearest rank.
 *
 * @param count how many times; with none, the quantiles are NaN
 * @param p50 milliseconds
 * @param p95 milliseconds
 * @param p99 milliseconds
 */
public record Quantiles(int count, double p50, double p95, double p99) {

  static Quantiles of(Collection<Double> millis) {
    double[] sorted = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Quantiles(sorted.length, at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99));
  }

  private static double at(double[] sorted, double share) {
    return sorted.length == 0 ? Double.NaN : sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
