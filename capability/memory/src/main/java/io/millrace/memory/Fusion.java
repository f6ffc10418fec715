// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Fuses what the retrievers think of the same candidates: scores are normalised to 0..1 over the candidates and
 * averaged with weights (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023).
 * Where one retriever cannot judge a candidate, as with a passage that has no embedding yet, the other one's opinion
 * counts in full; it is neither rewarded nor punished for what is missing.
 *
 * <p>All other kinds of evidence ({@link EvidenceKind}) have a fixed scale: being the only passage that is called what a question names means
 * the same whatever else was found. Each weighs so much beside 1 for all kinds before it, where any candidate has it.
 */
final class Fusion {

  /** Equal scores are put in an order that has nothing to do with where passages lie: what else is indexed moves them. */
  static final Comparator<Fused> BEST_FIRST =
      Comparator.comparingDouble(Fused::score).reversed().thenComparingLong(Fused::tie).thenComparingInt(Fused::doc);

  private Fusion() {}

  /**
   * A passage that at least one retriever proposed.
   *
   * @param doc its number in the index snapshot
   * @param tie decides between equal scores; the same in every index
   * @param lexical BM25 score; 0 when no word matches
   * @param dense cosine with the question, on the scale of {@link io.millrace.core.spi.CosineScale}; NaN when the passage has no embedding or none was sought
   * @param beside evidence of the other kinds, from 0 to 1 on the scale of each; what is 0 may be left out
   */
  record Candidate(int doc, long tie, double lexical, double dense, Map<EvidenceKind, Double> beside) {
    double of(EvidenceKind kind) {
      return beside.getOrDefault(kind, 0.0);
    }

    Candidate with(EvidenceKind kind, double scaled) {
      Map<EvidenceKind, Double> more = new EnumMap<>(EvidenceKind.class);
      more.putAll(beside);
      more.put(kind, scaled);
      return new Candidate(doc, tie, lexical, dense, more);
    }
  }

  /** A candidate with its fused score from 0 to 1 and where that came from. */
  record Fused(int doc, long tie, double score, List<Evidence> evidence) {}

  /**
   * Fuses. What nobody gave a weight is shown with the weight 0 where it is known.
   *
   * @return best first
   */
  static List<Fused> fuse(List<Candidate> candidates, FusionWeights weights) {
    Map<EvidenceKind, Double> shares = new EnumMap<>(EvidenceKind.class);
    double rest = 1;
    for (EvidenceKind kind : EvidenceKind.BESIDE.reversed()) {
      double weight = weights.of(kind);
      double share = weight > 0 && candidates.stream().anyMatch(c -> c.of(kind) > 0) ? rest * weight / (1 + weight) : 0;
      shares.put(kind, share);
      rest -= share;
    }
    Scale lexical = Scale.of(candidates.stream().mapToDouble(Candidate::lexical).toArray());
    Scale dense = Scale.of(candidates.stream().mapToDouble(Candidate::dense).toArray());
    Map<Integer, Integer> lexicalRanks = ranks(candidates, Comparator.comparingDouble(c -> -c.lexical()));
    Map<Integer, Integer> denseRanks =
        ranks(
            candidates.stream().filter(c -> !Double.isNaN(c.dense())).toList(),
            Comparator.comparingDouble(c -> -c.dense()));
    Map<EvidenceKind, Map<Integer, Integer>> besideRanks = new EnumMap<>(EvidenceKind.class);
    for (EvidenceKind kind : EvidenceKind.BESIDE) {
      if (candidates.stream().anyMatch(c -> c.of(kind) > 0)) {
        besideRanks.put(kind, ranks(candidates, Comparator.comparingDouble(c -> -c.of(kind))));
      }
    }
    List<Fused> fused = new ArrayList<>(candidates.size());
    for (Candidate c : candidates) {
      Sum sum = new Sum();
      boolean judged = !Double.isNaN(c.dense());
      double weight = judged ? rest * weights.denseShare() : 0;
      for (EvidenceKind kind : EvidenceKind.values()) {
        switch (kind) {
          case BM25 -> {
            if (c.lexical() > 0) {
              sum.add(kind, rank(lexicalRanks, c), c.lexical(), lexical.normalise(c.lexical()), rest - weight);
            }
          }
          case DENSE -> {
            if (judged) {
              sum.add(kind, rank(denseRanks, c), c.dense(), dense.normalise(c.dense()), weight);
            }
          }
          default -> {
            double scaled = c.of(kind);
            if (scaled > 0) {
              sum.add(kind, rank(besideRanks.getOrDefault(kind, Map.of()), c), kind.raw(scaled), scaled, shares.getOrDefault(kind, 0.0));
            }
          }
        }
      }
      fused.add(new Fused(c.doc(), c.tie(), sum.score, sum.evidence));
    }
    fused.sort(BEST_FIRST);
    return fused;
  }

  /** The score of one candidate, and where it comes from. */
  private static final class Sum {
    final List<Evidence> evidence = new ArrayList<>(EvidenceKind.values().length);
    double score;

    void add(EvidenceKind kind, int rank, double raw, double normalised, double share) {
      score += share * normalised;
      evidence.add(new Evidence(kind.code(), rank, raw, normalised, share));
    }
  }

  private static Map<Integer, Integer> ranks(List<Candidate> candidates, Comparator<Candidate> order) {
    Map<Integer, Integer> ranks = new HashMap<>();
    candidates.stream().sorted(order.thenComparingLong(Candidate::tie)).forEach(c -> ranks.put(c.doc(), ranks.size() + 1));
    return ranks;
  }

  private static int rank(Map<Integer, Integer> ranks, Candidate candidate) {
    return ranks.getOrDefault(candidate.doc(), 0);
  }

  /** Maps the lowest score to 0 and the highest to 1; a single value to 1. */
  private record Scale(double lowest, double highest) {
    static Scale of(double[] scores) {
      double[] judged = Arrays.stream(scores).filter(s -> !Double.isNaN(s)).toArray();
      return new Scale(
          Arrays.stream(judged).min().orElse(0), Arrays.stream(judged).max().orElse(0));
    }

    double normalise(double score) {
      return highest > lowest ? (score - lowest) / (highest - lowest) : 1;
    }
  }
}
