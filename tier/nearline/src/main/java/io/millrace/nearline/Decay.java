// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Exponentially decayed counts. Amounts may come in any order: the result depends only on what was added and when.
 *
 * @param halfLife time in which a count loses half its worth
 */
record Decay(Duration halfLife) {

  Decay {
    if (halfLife.isNegative() || halfLife.isZero()) {
      throw new IllegalArgumentException("half-life " + halfLife + " is not positive");
    }
  }

  /** Returns what an amount of one time is worth at another. */
  double worth(double amount, Instant then, Instant now) {
    double halfLives = (double) Duration.between(then, now).toMillis() / halfLife.toMillis();
    return amount * Math.pow(0.5, halfLives);
  }

  /**
   * Adds to one of several counts.
   *
   * @param counts as of {@code asOf}
   * @param at when the amount came
   * @param most how many counts to keep; the smallest ones go
   * @return the counts as of the later of both times
   */
  Map<String, Double> add(
      Map<String, Double> counts, Instant asOf, String key, double amount, Instant at, int most) {
    Instant now = later(asOf, at);
    Map<String, Double> sums = new HashMap<>();
    counts.forEach((each, value) -> sums.put(each, worth(value, asOf, now)));
    if (amount != 0) {
      sums.merge(key, worth(amount, at, now), Double::sum);
    }
    while (sums.size() > most) {
      Comparator<Map.Entry<String, Double>> bySize = Map.Entry.comparingByValue(Comparator.comparing(Math::abs));
      sums.remove(sums.entrySet().stream().min(bySize).orElseThrow().getKey());
    }
    return sums;
  }

  static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }
}
