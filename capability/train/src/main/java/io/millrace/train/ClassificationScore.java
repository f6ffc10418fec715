// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.Arrays;
import java.util.Comparator;

/**
 * How well texts were classified.
 *
 * @param texts how many
 * @param accuracy share of texts whose class has the highest score
 * @param macroF1 mean over the classes that occur of the harmonic mean of precision and recall
 * @param auc probability that a text of a class scores higher for it than a text of another (the area under the ROC
 *     curve; Hand and Till 2001 for more than two), mean over the classes that occur
 * @param majority share of the commonest class: the accuracy of always saying that one
 */
public record ClassificationScore(int texts, double accuracy, double macroF1, double auc, double majority) {
  /**
   * From scores.
   *
   * @param scores of each text, one a class
   * @param classes the right ones
   */
  static ClassificationScore of(double[][] scores, int[] classes) {
    int count = scores[0].length;
    int[] said = new int[count];
    int[] right = new int[count];
    int[] all = new int[count];
    for (int i = 0; i < scores.length; i++) {
      int best = 0;
      for (int c = 1; c < count; c++) {
        best = scores[i][c] > scores[i][best] ? c : best;
      }
      said[best]++;
      all[classes[i]]++;
      right[classes[i]] += best == classes[i] ? 1 : 0;
    }
    double f1 = 0;
    double auc = 0;
    int occurring = 0;
    for (int c = 0; c < count; c++) {
      if (all[c] > 0) {
        occurring++;
        f1 += 2.0 * right[c] / (said[c] + all[c]);
        auc += area(scores, classes, c);
      }
    }
    double texts = scores.length;
    return new ClassificationScore(scores.length, Arrays.stream(right).sum() / texts, f1 / occurring, auc / occurring,
        Arrays.stream(all).max().orElse(0) / texts);
  }

  /** By ranks, equal scores sharing theirs; a half where there is nothing to compare with. */
  private static double area(double[][] scores, int[] classes, int wanted) {
    double[] margins = new double[scores.length];
    for (int i = 0; i < margins.length; i++) {
      // With the others' evidence, so that two classes are told apart by their difference.
      double sum = Arrays.stream(scores[i]).sum() - scores[i][wanted];
      margins[i] = scores[i][wanted] - sum / Math.max(1, scores[i].length - 1);
    }
    Integer[] order = new Integer[margins.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> margins[i]));
    double ranks = 0;
    long positive = 0;
    for (int from = 0; from < order.length; ) {
      int to = from;
      while (to < order.length && margins[order[to]] == margins[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        if (classes[order[i]] == wanted) {
          ranks += (from + 1 + to) / 2.0;
          positive++;
        }
      }
      from = to;
    }
    long negative = order.length - positive;
    return negative == 0 ? 0.5 : (ranks - positive * (positive + 1) / 2.0) / (positive * (double) negative);
  }
}
