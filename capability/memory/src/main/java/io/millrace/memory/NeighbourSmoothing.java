// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.memory.Fusion.Fused;
import org.apache.lucene.util.VectorUtil;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Draws the scores of candidates towards those of their nearest neighbours; see {@link Ranking.Smoothing}. */
final class NeighbourSmoothing {
  private NeighbourSmoothing() {}

  /**
   * A candidate with what it takes to compare it.
   *
   * @param document to which it belongs: passages of one document say nothing for each other
   * @param vector unit vector; empty while the passage has none
   */
  record Placed(Fused fused, String document, float[] vector) {}

  /**
   * Smooths.
   *
   * @param placed best first
   * @return best first, with scores from 0 to 1
   */
  static List<Fused> smooth(List<Placed> placed, Ranking.Smoothing smoothing) {
    double share = smoothing.weight() / (1 + smoothing.weight());
    List<Fused> smoothed = new ArrayList<>(placed.size());
    List<Drawn> drawn = new ArrayList<>(placed.size());
    float[][] cosines = cosines(placed);
    for (int i = 0; i < cosines.length; i++) {
      Placed each = placed.get(i);
      double around = around(cosines[i], placed, smoothing.neighbours());
      if (Double.isNaN(around)) {
        smoothed.add(each.fused());
      } else {
        drawn.add(new Drawn(each.fused(), around));
      }
    }
    drawn.sort(Comparator.comparingDouble(Drawn::around).reversed());
    for (int rank = 1; rank <= drawn.size(); rank++) {
      Drawn each = drawn.get(rank - 1);
      List<Evidence> evidence = new ArrayList<>();
      for (Evidence own : each.fused().evidence()) {
        evidence.add(
            new Evidence(own.retriever(), own.rank(), own.raw(), own.normalised(), (1 - share) * own.weight()));
      }
      evidence.add(new Evidence(EvidenceKind.NEIGHBOURS, rank, each.around(), each.around(), share));
      double score = (1 - share) * each.fused().score() + share * each.around();
      smoothed.add(new Fused(each.fused().doc(), each.fused().tie(), score, evidence));
    }
    smoothed.sort(Fusion.BEST_FIRST);
    return smoothed;
  }

  private record Drawn(Fused fused, double around) {}

  /** Cosines of all pairs, each taken once; -1, which is never near, for those that say nothing for each other. */
  private static float[][] cosines(List<Placed> placed) {
    Map<String, Integer> documents = new HashMap<>();
    int[] document = placed.stream().mapToInt(each -> documents.computeIfAbsent(each.document(), name -> documents.size())).toArray();
    float[][] cosines = new float[document.length][document.length];
    for (int i = 0; i < document.length; i++) {
      float[] one = placed.get(i).vector();
      cosines[i][i] = -1;
      for (int j = 0; j < i; j++) {
        float[] other = placed.get(j).vector();
        boolean comparable = document[i] != document[j] && one.length == other.length && one.length > 0;
        float cosine = comparable ? VectorUtil.dotProduct(one, other) : -1;
        cosines[i][j] = cosine;
        cosines[j][i] = cosine;
      }
    }
    return cosines;
  }

  /** The mean score of the nearest others, weighted by cosine; NaN where there is nothing to compare: its own score counts in full. */
  private static double around(float[] cosines, List<Placed> all, int neighbours) {
    double[] nearest = new double[neighbours];
    double[] scores = new double[neighbours];
    for (int other = 0; other < cosines.length; other++) {
      double cosine = cosines[other];
      int at = neighbours;
      while (at > 0 && cosine > nearest[at - 1]) {
        at--;
      }
      if (at < neighbours) {
        System.arraycopy(nearest, at, nearest, at + 1, neighbours - at - 1);
        System.arraycopy(scores, at, scores, at + 1, neighbours - at - 1);
        nearest[at] = cosine;
        scores[at] = all.get(other).fused().score();
      }
    }
    double weights = 0;
    double sum = 0;
    for (int i = 0; i < neighbours; i++) {
      weights += nearest[i];
      sum += nearest[i] * scores[i];
    }
    return weights > 0 ? sum / weights : Double.NaN;
  }
}
