// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How good a ranking is, against judgements. A result that is listed twice counts once, at its better rank. */
public final class RankingMetrics {

  private RankingMetrics() {}

  /**
   * Returns nDCG (Järvelin and Kekäläinen 2002) with gain {@code 2^grade - 1} and discount {@code log2(rank + 1)}.
   *
   * @param ranked identities, best first
   * @param grades of the relevant ones, above 0; others are 0
   * @param depth ranks that count
   * @return from 0 to 1; 0 when nothing is relevant
   */
  public static double ndcg(List<String> ranked, Map<String, Integer> grades, int depth) {
    double gained = 0;
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < Math.min(depth, ranked.size()); i++) {
      if (seen.add(ranked.get(i))) {
        gained += gain(grades.getOrDefault(ranked.get(i), 0)) / discount(i);
      }
    }
    double ideal = 0;
    List<Integer> best = grades.values().stream().sorted((a, b) -> b - a).limit(depth).toList();
    for (int i = 0; i < best.size(); i++) {
      ideal += gain(best.get(i)) / discount(i);
    }
    return ideal == 0 ? 0 : gained / ideal;
  }

  /** Returns the share of the relevant ones among the first ranks; 0 when nothing is relevant. */
  public static double recall(List<String> ranked, Set<String> relevant, int depth) {
    if (relevant.isEmpty()) {
      return 0;
    }
    Set<String> found = new HashSet<>(ranked.subList(0, Math.min(depth, ranked.size())));
    found.retainAll(relevant);
    return (double) found.size() / relevant.size();
  }

  /** Returns one over the rank of the first relevant one; 0 when there is none. */
  public static double reciprocalRank(List<String> ranked, Set<String> relevant) {
    for (int i = 0; i < ranked.size(); i++) {
      if (relevant.contains(ranked.get(i))) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }

  private static double gain(int grade) {
    return Math.pow(2, grade) - 1;
  }

  private static double discount(int rank) {
    return Math.log(rank + 2) / Math.log(2);
  }
}
