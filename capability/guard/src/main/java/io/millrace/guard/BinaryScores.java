// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * How well scores tell two classes apart.
 *
 * @param precision share of the flagged ones that are positive; 1 when none is flagged
 * @param recall share of the positives that are flagged
 * @param auc probability that a positive scores higher than a negative, ties counting half
 * @param falsePositiveRate share of the negatives that are flagged
 */
public record BinaryScores(double precision, double recall, double auc, double falsePositiveRate) {

  /** Measures scores; at or above the threshold is flagged. */
  public static BinaryScores of(double[] positives, double[] negatives, double threshold) {
    long hits = Arrays.stream(positives).filter(s -> s >= threshold).count();
    long alarms = Arrays.stream(negatives).filter(s -> s >= threshold).count();
    return new BinaryScores(
        hits + alarms == 0 ? 1 : (double) hits / (hits + alarms),
        positives.length == 0 ? 0 : (double) hits / positives.length,
        auc(positives, negatives),
        negatives.length == 0 ? 0 : (double) alarms / negatives.length);
  }

  /** Returns the area under the ROC curve, by ranks (Mann and Whitney 1947); 0.5 where a class is empty. */
  public static double auc(double[] positives, double[] negatives) {
    if (positives.length == 0 || negatives.length == 0) {
      return 0.5;
    }
    double[] sorted = negatives.clone();
    Arrays.sort(sorted);
    double wins = 0;
    for (double positive : positives) {
      int below = lowerBound(sorted, positive);
      int notAbove = lowerBound(sorted, Math.nextUp(positive));
      wins += below + 0.5 * (notAbove - below);
    }
    return wins / ((double) positives.length * negatives.length);
  }

  /** Returns the figures by name, as the registry keeps them. */
  public Map<String, Double> asMap() {
    Map<String, Double> scores = new TreeMap<>();
    scores.put("precision", precision);
    scores.put("recall", recall);
    scores.put("auc", auc);
    scores.put("falsePositiveRate", falsePositiveRate);
    return scores;
  }

  private static int lowerBound(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
