// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.Arrays;
import java.util.BitSet;
import java.util.SplittableRandom;

/** Chooses one sequence's tokens (nucleus sampling: Holtzman et al., 2020). Keeps its random state; for one thread. */
final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;
  private final BitSet seen = new BitSet();

  Sampler(Sampling sampling, int[] prompt) {
    this.sampling = sampling;
    random = sampling.seed().isPresent()
        ? new SplittableRandom(sampling.seed().getAsLong()) : new SplittableRandom();
    Arrays.stream(prompt).forEach(seen::set);
  }

  /**
   * Chooses the next token; changes the logits.
   *
   * @throws IllegalStateException when a logit is not a number, as torn weights make them
   */
  int next(float[] logits) {
    penalise(logits);
    int token = sampling.temperature() == 0 ? likeliest(logits) : draw(logits);
    seen.set(token);
    return token;
  }

  private void penalise(float[] logits) {
    float penalty = (float) sampling.repetitionPenalty();
    if (penalty != 1) {
      for (int t = seen.nextSetBit(0); t >= 0 && t < logits.length; t = seen.nextSetBit(t + 1)) {
        logits[t] = logits[t] > 0 ? logits[t] / penalty : logits[t] * penalty;
      }
    }
  }

  static int likeliest(float[] logits) {
    int best = 0;
    for (int t = 0; t < logits.length; t++) {
      if (Float.isNaN(logits[t])) {
        throw new IllegalStateException("the logit of token " + t + " is not a number; check the model's weights");
      }
      best = logits[t] > logits[best] ? t : best;
    }
    return best;
  }

  private int draw(float[] logits) {
    float max = logits[likeliest(logits)];
    double[] p = new double[logits.length];
    double sum = 0;
    for (int t = 0; t < p.length; t++) {
      p[t] = Math.exp((logits[t] - max) / sampling.temperature());
      sum += p[t];
    }
    int[] candidates = candidates(p, sum);
    double mass = 0;
    for (int t : candidates) {
      mass += p[t];
    }
    double at = random.nextDouble() * mass;
    for (int t : candidates) {
      at -= p[t];
      if (at < 0) {
        return t;
      }
    }
    return candidates[candidates.length - 1];
  }

  /** The tokens that top-k and top-p leave, likeliest first where either is set. */
  private int[] candidates(double[] p, double sum) {
    boolean nucleus = sampling.topP() < 1;
    boolean limited = sampling.topK() > 0 && sampling.topK() < p.length;
    // In a nucleus, a token below this share cannot be needed: even all the others of its kind would not fill the rest.
    double floor = nucleus ? (1 - sampling.topP()) / p.length * sum : 0;
    int[] kept = new int[p.length];
    int n = 0;
    for (int t = 0; t < p.length; t++) {
      if (p[t] >= floor) {
        kept[n++] = t;
      }
    }
    if (!nucleus && !limited) {
      return kept;
    }
    int[] sorted = sortedByProbability(kept, n, p);
    int size = limited ? Math.min(n, sampling.topK()) : n;
    if (nucleus) {
      double mass = 0;
      for (int i = 0; i < size; i++) {
        mass += p[sorted[i]];
        if (mass >= sampling.topP() * sum) {
          size = i + 1;
        }
      }
    }
    return Arrays.copyOf(sorted, size);
  }

  private static int[] sortedByProbability(int[] tokens, int n, double[] p) {
    // Positive floats order as their bits do; the token in the low half keeps ties in the order of ids.
    long[] keys = new long[n];
    for (int i = 0; i < n; i++) {
      keys[i] = ((long) (Integer.MAX_VALUE - Float.floatToIntBits((float) p[tokens[i]])) << 32) | tokens[i];
    }
    Arrays.sort(keys);
    int[] sorted = new int[n];
    for (int i = 0; i < n; i++) {
      sorted[i] = (int) keys[i];
    }
    return sorted;
  }
}
