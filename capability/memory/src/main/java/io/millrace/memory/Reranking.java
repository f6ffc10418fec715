// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Lets a re-ranker read the best candidates together with the question. Its scores are normalised over them and averaged with what fusion
 * says, so that both are seen in the evidence; behind those that it reads, the order stays.
 */
final class Reranking {

  /** So many are read: what none of the retrievers sees among its first is rarely the answer. */
  static final int READ = 50;

  private static final Logger LOG = LoggerFactory.getLogger(Reranking.class);

  private Reranking() {}

  /** Gives the text that a re-ranker reads of a document of the index. */
  @FunctionalInterface
  interface Texts {
    String of(int doc) throws IOException;
  }

  /**
   * Ranks anew.
   *
   * @param fused best first
   * @return best first, with the re-ranker's evidence; as it was when the model failed
   */
  static List<Fusion.Fused> rerank(List<Fusion.Fused> fused, String question, Reranker reranker, Texts texts)
      throws IOException {
    List<Fusion.Fused> read = fused.subList(0, Math.min(READ, fused.size()));
    if (read.size() < 2 || reranker.weight() == 0) {
      return fused;
    }
    List<String> passages = new ArrayList<>(read.size());
    for (Fusion.Fused each : read) {
      passages.add(texts.of(each.doc()));
    }
    double[] scores;
    try {
      scores = reranker.scores(question, passages);
    } catch (RuntimeException e) {
      LOG.warn("{} failed; the order of the other evidence stays", reranker.model(), e);
      return fused;
    }
    double lowest = Arrays.stream(scores).min().orElse(0);
    double highest = Arrays.stream(scores).max().orElse(0);
    Integer[] order = new Integer[scores.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> -scores[i]));
    int[] ranks = new int[scores.length];
    for (int r = 0; r < order.length; r++) {
      ranks[order[r]] = r + 1;
    }
    double share = reranker.weight() / (1 + reranker.weight());
    List<Fusion.Fused> all = new ArrayList<>(fused.size());
    for (int i = 0; i < scores.length; i++) {
      double normalised = highest > lowest ? (scores[i] - lowest) / (highest - lowest) : 0;
      Fusion.Fused each = scaled(fused.get(i), 1 - share);
      List<Evidence> evidence = new ArrayList<>(each.evidence());
      evidence.add(new Evidence(EvidenceKind.RERANKER, ranks[i], scores[i], normalised, share));
      all.add(new Fusion.Fused(each.doc(), each.tie(), each.score() + share * normalised, evidence));
    }
    for (Fusion.Fused each : fused.subList(scores.length, fused.size())) {
      all.add(scaled(each, 1 - share));
    }
    all.sort(Fusion.BEST_FIRST);
    return all;
  }

  private static Fusion.Fused scaled(Fusion.Fused fused, double share) {
    List<Evidence> evidence =
        fused.evidence().stream()
            .map(e -> new Evidence(e.retriever(), e.rank(), e.raw(), e.normalised(), e.weight() * share)).toList();
    return new Fusion.Fused(fused.doc(), fused.tie(), fused.score() * share, evidence);
  }
}
