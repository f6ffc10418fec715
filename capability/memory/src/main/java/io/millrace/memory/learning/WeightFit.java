// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;

import java.util.List;
import java.util.Objects;

/**
 * Finds the weights that agree best with preferences, and are near the constants: the least of the logistic loss of score differences times a slope
 * (Burges et al., "Learning to Rank using Gradient Descent", ICML 2005), and of squared distances from the constants. The slope says how closely people
 * follow scores at all; it is one of a few, and noise gets the smallest, which hardly pulls. The same preferences give the same weights.
 *
 * @param score of hits
 * @param constants that weights are drawn to
 */
record WeightFit(HitScore score, FusionWeights constants) {

  /** What is believed without any preference: weights lie about so far from the constants. */
  static final double DEVIATION = 0.1;

  /** Twenty makes a tenth of a score a preference of seven to one; the least hardly any. */
  private static final double[] SLOPES = {0.5, 1, 2.5, 5, 10, 20};

  /** Meaning and words both keep a say: what has none is not gathered any more, and could never get one again. */
  private static final double LEAST_SHARE = 0.1;

  private static final double LEAST_GATHERED = 0.05;

  /** Two thirds of a score. */
  private static final double MOST_GATHERED = 2;

  /** One half of a score for what has nothing to do with the question. */
  private static final double MOST_KNOWN = 1;

  private static final int STEPS = 200;
  private static final double FLAT = 1e-7;
  private static final int HALVINGS = 40;

  /**
   * What was found.
   *
   * @param slope how closely people follow scores
   * @param loss see the class
   */
  record Fitted(FusionWeights weights, double slope, double loss) {}

  /** Finds the best weights. */
  Fitted fit(List<Preference> preferences) {
    Fitted best = null;
    for (double slope : SLOPES) {
      Fitted fitted = descend(preferences, slope);
      if (best == null || fitted.loss() < best.loss()) {
        best = fitted;
      }
    }
    return Objects.requireNonNull(best);
  }

  /** Walks downhill within the bounds, by as much at once as the last step made seem right (Barzilai and Borwein 1988). */
  private Fitted descend(List<Preference> preferences, double slope) {
    double[] at = bounded(HitScore.numbers(constants));
    double[] gradient = new double[at.length];
    double loss = loss(preferences, at, slope, gradient);
    double length = 1e-4;
    for (int step = 0; step < STEPS; step++) {
      double[] next = moved(at, gradient, length);
      double[] nextGradient = new double[at.length];
      double nextLoss = loss(preferences, next, slope, nextGradient);
      for (int halved = 0; nextLoss > loss && halved < HALVINGS; halved++) {
        length /= 2;
        next = moved(at, gradient, length);
        nextGradient = new double[at.length];
        nextLoss = loss(preferences, next, slope, nextGradient);
      }
      double moved = 0;
      double bent = 0;
      for (int i = 0; i < at.length; i++) {
        moved += (next[i] - at[i]) * (next[i] - at[i]);
        bent += (next[i] - at[i]) * (nextGradient[i] - gradient[i]);
      }
      if (nextLoss > loss || moved < FLAT * FLAT) {
        break;
      }
      length = bent > 0 ? moved / bent : 2 * length;
      at = next;
      gradient = nextGradient;
      loss = nextLoss;
    }
    return new Fitted(HitScore.weights(at), slope, loss);
  }

  /**
   * Returns the loss.
   *
   * @param gradient gets its derivatives added
   */
  double loss(List<Preference> preferences, double[] weights, double slope, double[] gradient) {
    double loss = 0;
    for (Preference each : preferences) {
      double ahead = score.of(each.list(), each.better(), weights) - score.of(each.list(), each.worse(), weights);
      double odds = Math.exp(-slope * ahead);
      loss += each.weight() * Math.log1p(odds);
      double pull = -each.weight() * slope * odds / (1 + odds);
      score.addGradient(each.list(), each.better(), weights, pull, gradient);
      score.addGradient(each.list(), each.worse(), weights, -pull, gradient);
    }
    double[] centre = HitScore.numbers(constants);
    for (int i = 0; i < weights.length; i++) {
      double off = (weights[i] - centre[i]) / DEVIATION;
      loss += off * off / 2;
      gradient[i] += off / DEVIATION;
    }
    return loss;
  }

  private double[] moved(double[] at, double[] gradient, double length) {
    double[] next = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      next[i] = at[i] - length * gradient[i];
    }
    return bounded(next);
  }

  private double[] bounded(double[] weights) {
    for (EvidenceKind kind : EvidenceKind.values()) {
      double constant = kind == EvidenceKind.BM25 ? 0 : constants.of(kind);
      double value = weights[kind.ordinal()];
      weights[kind.ordinal()] =
          switch (kind) {
            case BM25 -> 0;
            case DENSE -> constant == 0 || constant == 1 ? constant : Math.clamp(value, LEAST_SHARE, 1 - LEAST_SHARE);
            case NAME, GRAPH -> constant == 0 ? 0 : Math.clamp(value, LEAST_GATHERED, MOST_GATHERED);
            default -> Math.clamp(value, 0, MOST_KNOWN);
          };
    }
    return weights;
  }
}
