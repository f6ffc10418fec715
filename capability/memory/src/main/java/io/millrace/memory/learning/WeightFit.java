// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.ShownHits;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Finds the weights that agree best with preferences, and are near the constants: the least of the logistic loss of score differences times a slope
 * (Burges et al., "Learning to Rank using Gradient Descent", ICML 2005), and of squared distances from the constants. Each two places have a number of
 * their own that is added: what people prefer because of where it stood, and what the present order is right in, is explained by that and by the
 * differences alike, and is not taken for a complaint. The slope says how closely people follow scores at all; noise gets the smallest, which hardly
 * pulls. The same preferences give the same weights.
 *
 * @param score of hits
 * @param constants that weights are drawn to
 */
record WeightFit(HitScore score, FusionWeights constants) {

  /** What is believed without any preference: weights lie about so far from the constants. */
  static final double DEVIATION = 0.1;

  /** Twenty makes a tenth of a score a preference of seven to one; the least hardly any. */
  private static final double[] SLOPES = {0.5, 2, 5, 8, 12, 16, 24};

  /** The numbers of places lie so far from zero. */
  private static final double PLACE_DEVIATION = 1;

  /** Meaning and words both keep a say: what has none is not gathered any more, and could never get one again. */
  private static final double LEAST_SHARE = 0.1;

  private static final double LEAST_GATHERED = 0.05;

  /** Two thirds of a score. */
  private static final double MOST_GATHERED = 2;

  /** One half of a score for what has nothing to do with the question. */
  private static final double MOST_KNOWN = 1;

  private static final int STEPS = 200;
  private static final double FLAT = 1e-8;
  private static final int HALVINGS = 40;

  /**
   * What preferences follow.
   *
   * @param slope how closely people follow scores
   * @param places for each two places what is added for the upper one, see {@link #place}
   * @param loss see the class
   */
  record Fitted(FusionWeights weights, double slope, double[] places, double loss) {

    /** Returns how surprising a preference is: the negative logarithm of its probability. */
    double surprise(HitScore score, Preference preference) {
      double[] numbers = HitScore.numbers(weights);
      double ahead =
          score.of(preference.list(), preference.better(), numbers) - score.of(preference.list(), preference.worse(), numbers);
      return Math.log1p(Math.exp(-slope * ahead - side(preference) * places[place(preference)]));
    }
  }

  /** Returns the number of two places. */
  static int place(Preference preference) {
    int upper = Math.min(preference.better(), preference.worse());
    int lower = Math.max(preference.better(), preference.worse());
    return upper * ShownHits.MOST + lower;
  }

  private static int side(Preference preference) {
    return preference.better() < preference.worse() ? 1 : -1;
  }

  /** Finds the best weights. */
  Fitted fit(List<Preference> preferences) {
    return best(preferences, constants, true);
  }

  /** Finds how closely people follow given weights, and what they prefer for its place. */
  Fitted follow(List<Preference> preferences, FusionWeights given) {
    return best(preferences, given, false);
  }

  private Fitted best(List<Preference> preferences, FusionWeights start, boolean moving) {
    Fitted best = null;
    double[] numbers = HitScore.numbers(start);
    double[] at = Arrays.copyOf(moving ? bounded(numbers) : numbers, HitScore.WEIGHTS + ShownHits.MOST * ShownHits.MOST);
    for (double slope : SLOPES) {
      // Each slope begins where the one before ended: it is not far from there.
      Fitted fitted = descend(preferences, at, slope, moving);
      at = Arrays.copyOf(HitScore.numbers(fitted.weights()), at.length);
      System.arraycopy(fitted.places(), 0, at, HitScore.WEIGHTS, fitted.places().length);
      if (best == null || fitted.loss() < best.loss()) {
        best = fitted;
      }
    }
    return Objects.requireNonNull(best);
  }

  /** Walks downhill within the bounds, by as much at once as the last step made seem right (Barzilai and Borwein 1988). */
  private Fitted descend(List<Preference> preferences, double[] start, double slope, boolean moving) {
    double[] at = start;
    double[] gradient = new double[at.length];
    double loss = loss(preferences, at, slope, gradient);
    double length = 1e-4;
    for (int step = 0; step < STEPS; step++) {
      double[] next = moved(at, gradient, length, moving);
      double[] nextGradient = new double[at.length];
      double nextLoss = loss(preferences, next, slope, nextGradient);
      for (int halved = 0; nextLoss > loss && halved < HALVINGS; halved++) {
        length /= 2;
        next = moved(at, gradient, length, moving);
        nextGradient = new double[at.length];
        nextLoss = loss(preferences, next, slope, nextGradient);
      }
      double moved = 0;
      double bent = 0;
      for (int i = 0; i < at.length; i++) {
        moved += (next[i] - at[i]) * (next[i] - at[i]);
        bent += (next[i] - at[i]) * (nextGradient[i] - gradient[i]);
      }
      boolean flat = loss - nextLoss < FLAT * loss;
      if (nextLoss > loss) {
        break;
      }
      length = bent > 0 ? moved / bent : 2 * length;
      at = next;
      gradient = nextGradient;
      loss = nextLoss;
      if (flat) {
        break;
      }
    }
    double[] places = Arrays.copyOfRange(at, HitScore.WEIGHTS, at.length);
    return new Fitted(HitScore.weights(at), slope, places, loss);
  }

  /**
   * Returns the loss.
   *
   * @param at weights, and behind them the numbers of places
   * @param gradient gets its derivatives added
   */
  double loss(List<Preference> preferences, double[] at, double slope, double[] gradient) {
    double loss = 0;
    for (Preference each : preferences) {
      double ahead = score.of(each.list(), each.better(), at) - score.of(each.list(), each.worse(), at);
      int place = HitScore.WEIGHTS + place(each);
      double odds = Math.exp(-slope * ahead - side(each) * at[place]);
      loss += each.weight() * Math.log1p(odds);
      double pull = -each.weight() * odds / (1 + odds);
      score.addGradient(each.list(), each.better(), at, slope * pull, gradient);
      score.addGradient(each.list(), each.worse(), at, -slope * pull, gradient);
      gradient[place] += side(each) * pull;
    }
    double[] centre = HitScore.numbers(constants);
    for (int i = 0; i < at.length; i++) {
      double deviation = i < HitScore.WEIGHTS ? DEVIATION : PLACE_DEVIATION;
      double off = (at[i] - (i < HitScore.WEIGHTS ? centre[i] : 0)) / deviation;
      loss += off * off / 2;
      gradient[i] += off / deviation;
    }
    return loss;
  }

  private double[] moved(double[] at, double[] gradient, double length, boolean moving) {
    double[] next = at.clone();
    for (int i = moving ? 0 : HitScore.WEIGHTS; i < at.length; i++) {
      next[i] = at[i] - length * gradient[i];
    }
    return moving ? bounded(next) : next;
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
