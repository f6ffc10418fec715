// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.ArrayList;
import java.util.List;

/**
 * Times in seconds, counted by size.
 *
 * @param bounds upper bounds of the buckets, ascending, each included; what is above the last one is in {@link #count} only
 * @param counts how many values each bucket holds by itself, not counting smaller ones; as many as bounds
 * @param count all values
 * @param total their sum in seconds
 * @param most the largest in seconds; 0 when there is none
 */
public record Histogram(List<Double> bounds, List<Long> counts, long count, double total, double most) {
  public Histogram {
    bounds = List.copyOf(bounds);
    counts = List.copyOf(counts);
    if (bounds.size() != counts.size()) {
      throw new IllegalArgumentException(counts.size() + " counts for " + bounds.size() + " bounds");
    }
  }

  /** Nothing was counted yet. */
  public static Histogram empty(List<Double> bounds) {
    return new Histogram(bounds, bounds.stream().map(bound -> 0L).toList(), 0, 0, 0);
  }

  /** The mean in seconds; 0 when nothing was seen. */
  public double mean() {
    return count == 0 ? 0 : total / count;
  }

  /** Returns how many values are at most each bound, as Prometheus wants them. */
  public List<Long> cumulative() {
    List<Long> sums = new ArrayList<>(counts.size());
    long sum = 0;
    for (long each : counts) {
      sum += each;
      sums.add(sum);
    }
    return sums;
  }
}
