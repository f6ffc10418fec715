// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;

import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Chooses one sequence's tokens. Keeps its random state and what was written; for one thread.
 *
 * <p>Nucleus: Holtzman et al., 2020. Min-p: Nguyen et al., 2024. Repetition penalty: Keskar et al., CTRL, 2019.
 * Frequency and presence penalties and logit bias as OpenAI's API defines them.
 */
final class Sampler {
  private final SamplingOptions sampling;
  private final SplittableRandom random;
  private final BitSet seen = new BitSet();
  private final Map<Integer, Integer> written = new HashMap<>();

  Sampler(SamplingOptions sampling, int[] prompt) {
    this.sampling = sampling;
    random = sampling.seed().isPresent()
        ? new SplittableRandom(sampling.seed().getAsLong()) : new SplittableRandom();
    Arrays.stream(prompt).forEach(seen::set);
  }

  /**
   * Chooses the next token; changes the logits. Those that are −∞ are never chosen while there is another.
   *
   * @throws IllegalStateException when a logit is not a number, as torn weights make them
   */
  int next(float[] logits) {
    penalise(logits);
    int token = sampling.temperature() == 0 ? likeliest(logits) : draw(logits);
    seen.set(token);
    written.merge(token, 1, Integer::sum);
    return token;
  }

  private void penalise(float[] logits) {
    float penalty = (float) sampling.repetitionPenalty();
    if (penalty != 1) {
      for (int t = seen.nextSetBit(0); t >= 0 && t < logits.length; t = seen.nextSetBit(t + 1)) {
        logits[t] = logits[t] > 0 ? logits[t] / penalty : logits[t] * penalty;
      }
    }
    if (sampling.frequencyPenalty() != 0 || sampling.presencePenalty() != 0) {
      written.forEach((token, count) ->
          logits[token] -= (float) (count * sampling.frequencyPenalty() + sampling.presencePenalty()));
    }
    sampling.logitBias().forEach((token, bias) -> logits[token] += bias.floatValue());
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

  /** The tokens that top-k, top-p and min-p leave, likeliest first where top-k or top-p is set. The likeliest has p = 1. */
  private int[] candidates(double[] p, double sum) {
    boolean nucleus = sampling.topP() < 1;
    boolean limited = sampling.topK() > 0 && sampling.topK() < p.length;
    // In a nucleus, a token below this share cannot be needed: even all the others of its kind would not fill the rest.
    double floor = Math.max(nucleus ? (1 - sampling.topP()) / p.length * sum : 0, sampling.minP());
    int[] kept = new int[p.length];
    int n = 0;
    for (int t = 0; t < p.length; t++) {
      if (p[t] >= floor && p[t] > 0) {
        kept[n++] = t;
      }
    }
    if (!nucleus && !limited) {
      return Arrays.copyOf(kept, n);
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
