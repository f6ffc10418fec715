// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Draws one token from log-probabilities. */
final class TokenDraw {
  private final Sampling sampling;

  TokenDraw(Sampling sampling) {
    this.sampling = sampling;
  }

  /**
   * The drawn token.
   *
   * @param logProbs normalised, in nats
   * @param from where the row begins in {@code logProbs}
   * @param count tokens of the vocabulary
   */
  int from(double[] logProbs, int from, int count, SplittableRandom random) {
    if (sampling.temperature() == 0) {
      return likeliest(logProbs, from, count);
    }
    double[] probabilities = new double[count];
    for (int i = 0; i < count; i++) {
      probabilities[i] = Math.exp(logProbs[from + i]);
    }
    double least = sampling.topP() < 1 ? leastOfNucleus(probabilities) : 0;
    double total = 0;
    for (double p : probabilities) {
      total += p >= least ? p : 0;
    }
    double left = random.nextDouble() * total;
    int last = -1;
    for (int i = 0; i < count; i++) {
      if (probabilities[i] >= least && probabilities[i] > 0) {
        last = i;
        left -= probabilities[i];
        if (left < 0) {
          break;
        }
      }
    }
    if (last < 0) {
      throw new IllegalStateException("no token has a probability: the decoder's scores are not numbers");
    }
    return last;
  }

  private static int likeliest(double[] logProbs, int from, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (logProbs[from + i] > logProbs[from + best]) {
        best = i;
      }
    }
    return best;
  }

  /** The probability of the least likely token that is still needed to reach topP; its equals are let in with it. */
  private double leastOfNucleus(double[] probabilities) {
    double[] sorted = probabilities.clone();
    Arrays.sort(sorted);
    double sum = 0;
    int at = sorted.length;
    while (at > 0 && sum < sampling.topP()) {
      sum += sorted[--at];
    }
    return sorted[at];
  }
}
