// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The usual way to fuse rankings whose scores cannot be compared: what stands at rank r of one gets 1 / (k + r) for it (Cormack,
 * Clarke and Büttcher, "Reciprocal Rank Fusion Outperforms Condorcet and Individual Rank Learning Methods", SIGIR 2009).
 */
final class ReciprocalRanks {

  /** As in that paper, and as search engines have it by default. */
  static final int K = 60;

  private ReciprocalRanks() {}

  /**
   * Fuses two rankings for each query.
   *
   * @param first identities by query, best first
   * @param second for the same queries
   * @return for the queries of the first one
   */
  static Map<String, List<String>> fuse(Map<String, List<String>> first, Map<String, List<String>> second) {
    Map<String, List<String>> fused = new LinkedHashMap<>();
    first.forEach((query, ranking) -> fused.put(query, fuse(List.of(ranking, second.getOrDefault(query, List.of())))));
    return fused;
  }

  /** Fuses rankings of one query; of equal sums the first one goes that an earlier ranking holds. */
  static List<String> fuse(List<List<String>> rankings) {
    Map<String, Double> sums = new LinkedHashMap<>();
    for (List<String> ranking : rankings) {
      for (int i = 0; i < ranking.size(); i++) {
        sums.merge(ranking.get(i), 1.0 / (K + i + 1), Double::sum);
      }
    }
    return sums.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(Map.Entry::getKey)
        .toList();
  }
}
