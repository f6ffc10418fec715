// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Measures of a ranking against binary judgements (Järvelin and Kekäläinen, TOIS 2002). */
final class RankingQuality {

  private RankingQuality() {}

  /** Returns nDCG of the first ten. */
  static double ndcgAt10(List<String> ranking, Set<String> relevant) {
    double gain = 0;
    double ideal = 0;
    for (int rank = 0; rank < 10; rank++) {
      double discount = Math.log(2) / Math.log(rank + 2);
      if (rank < ranking.size() && relevant.contains(ranking.get(rank))) {
        gain += discount;
      }
      if (rank < relevant.size()) {
        ideal += discount;
      }
    }
    return ideal == 0 ? 0 : gain / ideal;
  }

  /** Returns the share of what is relevant that stands among the first hundred. */
  static double recallAt100(List<String> ranking, Set<String> relevant) {
    Set<String> found = new HashSet<>(ranking.subList(0, Math.min(100, ranking.size())));
    found.retainAll(relevant);
    return relevant.isEmpty() ? 0 : (double) found.size() / relevant.size();
  }
}
