// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Fuses what the retrievers think of the same candidates: scores are normalised to 0..1 over the candidates and
 * averaged with weights (Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023).
 * Where one retriever cannot judge a candidate, as with a passage that has no embedding yet, the other one's opinion
 * counts in full; it is neither rewarded nor punished for what is missing.
 *
 * <p>A question that names things gives exact names a say of their own, on a fixed scale: being the only passage that is
 * called so means the same whatever else was found. So does nearness in the graph of names and links, beside all the others.
 */
final class Fusion {

  static final String BM25 = "bm25";
  static final String DENSE = "dense";
  static final String NAME = "name";
  static final String GRAPH = "graph";

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
   * @param dense cosine with the question; NaN when the passage has no embedding or none was sought
   * @param name how much of what the question names the passage is called, from 0 to 1
   * @param graph how near it is to what the question names and to the best candidates, from 0 to 1
   */
  record Candidate(int doc, long tie, double lexical, double dense, double name, double graph) {
    Candidate(int doc, long tie, double lexical, double dense, double name) {
      this(doc, tie, lexical, dense, name, 0);
    }

    Candidate withGraph(double nearness) {
      return new Candidate(doc, tie, lexical, dense, name, nearness);
    }
  }

  /** A candidate with its fused score from 0 to 1 and where that came from. */
  record Fused(int doc, long tie, double score, List<Evidence> evidence) {}

  /**
   * Fuses.
   *
   * @param denseWeight share of the dense score, from 0 to 1
   * @param nameWeight weight of names beside 1 for the other two, where a candidate has a name that was asked for
   * @param graphWeight weight of the graph beside 1 for all of them, where it is near any candidate
   * @return best first
   */
  static List<Fused> fuse(List<Candidate> candidates, double denseWeight, double nameWeight, double graphWeight) {
    boolean near = graphWeight > 0 && candidates.stream().anyMatch(c -> c.graph() > 0);
    double graphShare = near ? graphWeight / (1 + graphWeight) : 0;
    boolean named = nameWeight > 0 && candidates.stream().anyMatch(c -> c.name() > 0);
    double share = named ? (1 - graphShare) * nameWeight / (1 + nameWeight) : 0;
    Scale lexical = Scale.of(candidates.stream().mapToDouble(Candidate::lexical).toArray());
    Scale dense = Scale.of(candidates.stream().mapToDouble(Candidate::dense).toArray());
    Map<Integer, Integer> lexicalRanks = ranks(candidates, Comparator.comparingDouble(c -> -c.lexical()));
    Map<Integer, Integer> denseRanks =
        ranks(
            candidates.stream().filter(c -> !Double.isNaN(c.dense())).toList(),
            Comparator.comparingDouble(c -> -c.dense()));
    List<Fused> fused = new ArrayList<>(candidates.size());
    Map<Integer, Integer> nameRanks =
        named ? ranks(candidates, Comparator.comparingDouble(c -> -c.name())) : Map.of();
    Map<Integer, Integer> graphRanks = near ? ranks(candidates, Comparator.comparingDouble(c -> -c.graph())) : Map.of();
    for (Candidate c : candidates) {
      boolean judged = !Double.isNaN(c.dense());
      double weight = judged ? (1 - graphShare - share) * denseWeight : 0;
      List<Evidence> evidence = new ArrayList<>(4);
      double score = 0;
      if (named && c.name() > 0) {
        score += share * c.name();
        evidence.add(new Evidence(NAME, rank(nameRanks, c), c.name(), c.name(), share));
      }
      if (c.lexical() > 0) {
        double normalised = lexical.normalise(c.lexical());
        double rest = 1 - graphShare - share - weight;
        score += rest * normalised;
        evidence.add(new Evidence(BM25, rank(lexicalRanks, c), c.lexical(), normalised, rest));
      }
      if (judged) {
        double normalised = dense.normalise(c.dense());
        score += weight * normalised;
        evidence.add(new Evidence(DENSE, rank(denseRanks, c), c.dense(), normalised, weight));
      }
      if (near && c.graph() > 0) {
        score += graphShare * c.graph();
        evidence.add(new Evidence(GRAPH, rank(graphRanks, c), GraphNearness.raw(c.graph()), c.graph(), graphShare));
      }
      fused.add(new Fused(c.doc(), c.tie(), score, evidence));
    }
    fused.sort(BEST_FIRST);
    return fused;
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
