// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;

import java.util.Map;

/**
 * The score that weights give a hit of a list, as the search would, and how it changes with them. With x<sub>k</sub> for what the k-th kind
 * says and w<sub>k</sub> for its weight, F<sub>k</sub> = (F<sub>k-1</sub> + w<sub>k</sub> x<sub>k</sub>) / (1 + w<sub>k</sub>), beginning with words and meaning.
 *
 * @param neighbourShare share of what neighbours say, where they say something: taken as it was, although it would change with the weights
 */
record HitScore(double neighbourShare) {

  private static final EvidenceKind[] BESIDE = EvidenceKind.BESIDE.toArray(EvidenceKind[]::new);

  /** The number of weights: one a kind, by ordinal; that of words is what meaning leaves. */
  static final int WEIGHTS = EvidenceKind.values().length;

  /** Returns weights as numbers, by the ordinals of their kinds. */
  static double[] numbers(FusionWeights weights) {
    double[] numbers = new double[WEIGHTS];
    numbers[EvidenceKind.DENSE.ordinal()] = weights.denseShare();
    EvidenceKind.BESIDE.forEach(kind -> numbers[kind.ordinal()] = weights.of(kind));
    return numbers;
  }

  /** Returns the weights that numbers stand for. */
  static FusionWeights weights(double[] numbers) {
    FusionWeights weights = new FusionWeights(numbers[EvidenceKind.DENSE.ordinal()], Map.of());
    for (EvidenceKind kind : EvidenceKind.BESIDE) {
      weights = weights.with(kind, numbers[kind.ordinal()]);
    }
    return weights;
  }

  double of(JudgedList list, int hit, double[] weights) {
    double[] said = list.evidence(hit);
    double score = base(said, weights);
    for (EvidenceKind kind : BESIDE) {
      if (list.has(kind)) {
        double weight = weights[kind.ordinal()];
        score = (score + weight * orNothing(said[kind.ordinal()])) / (1 + weight);
      }
    }
    double around = said[JudgedList.NEIGHBOURS];
    return Double.isNaN(around) ? score : (1 - neighbourShare) * score + neighbourShare * around;
  }

  /** Adds the derivative of the score by each weight, times a factor. */
  void addGradient(JudgedList list, int hit, double[] weights, double factor, double[] gradient) {
    double[] said = list.evidence(hit);
    double[] own = new double[WEIGHTS];
    double words = orNothing(said[EvidenceKind.BM25.ordinal()]);
    own[EvidenceKind.DENSE.ordinal()] = meaning(said, words) - words;
    double score = base(said, weights);
    for (EvidenceKind kind : BESIDE) {
      if (list.has(kind)) {
        double weight = weights[kind.ordinal()];
        double value = orNothing(said[kind.ordinal()]);
        score = (score + weight * value) / (1 + weight);
        for (int before = 0; before < WEIGHTS; before++) {
          own[before] /= 1 + weight;
        }
        own[kind.ordinal()] = (value - score) / (1 + weight);
      }
    }
    double share = Double.isNaN(said[JudgedList.NEIGHBOURS]) ? 1 : 1 - neighbourShare;
    for (int i = 0; i < WEIGHTS; i++) {
      gradient[i] += factor * share * own[i];
    }
  }

  private static double base(double[] said, double[] weights) {
    double words = orNothing(said[EvidenceKind.BM25.ordinal()]);
    return words + weights[EvidenceKind.DENSE.ordinal()] * (meaning(said, words) - words);
  }

  /** Where a hit has no embedding words count in full. */
  private static double meaning(double[] said, double words) {
    double meaning = said[EvidenceKind.DENSE.ordinal()];
    return Double.isNaN(meaning) ? words : meaning;
  }

  private static double orNothing(double value) {
    return Double.isNaN(value) ? 0 : value;
  }
}
