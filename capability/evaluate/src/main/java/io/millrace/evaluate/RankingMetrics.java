// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How good a ranking is, against judgements. A result that is listed twice counts once, at its better rank. */
public final class RankingMetrics {

  /** What a grade is worth. */
  public enum Gain {
    /** {@code 2^grade - 1}: Burges et al., "Learning to Rank using Gradient Descent", 2005. */
    EXPONENTIAL,
    /** The grade itself, as trec_eval and BEIR count. */
    LINEAR
  }

  private RankingMetrics() {}

  /** Returns {@link #ndcg(List, Map, int, Gain)} with exponential gain. */
  public static double ndcg(List<String> ranked, Map<String, Integer> grades, int depth) {
    return ndcg(ranked, grades, depth, Gain.EXPONENTIAL);
  }

  /**
   * Returns nDCG (Järvelin and Kekäläinen 2002) with discount {@code log2(rank + 1)}.
   *
   * @param ranked identities, best first
   * @param grades of the relevant ones, above 0; others are 0 or below
   * @param depth ranks that count
   * @return from 0 to 1; 0 when nothing is relevant
   */
  public static double ndcg(List<String> ranked, Map<String, Integer> grades, int depth, Gain worth) {
    double gained = 0;
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < Math.min(depth, ranked.size()); i++) {
      if (seen.add(ranked.get(i))) {
        gained += gain(grades.getOrDefault(ranked.get(i), 0), worth) / discount(i);
      }
    }
    double ideal = 0;
    List<Integer> best = grades.values().stream().sorted((a, b) -> b - a).limit(depth).toList();
    for (int i = 0; i < best.size(); i++) {
      ideal += gain(best.get(i), worth) / discount(i);
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

  private static double gain(int grade, Gain worth) {
    return worth == Gain.LINEAR ? Math.max(0, grade) : Math.pow(2, Math.max(0, grade)) - 1;
  }

  private static double discount(int rank) {
    return Math.log(rank + 2) / Math.log(2);
  }
}
