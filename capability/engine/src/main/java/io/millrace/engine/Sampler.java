// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.engine.kernel.Softmax;

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
    int token = sampling.temperature() == 0 ? Softmax.likeliest(logits) : draw(logits);
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

  private int draw(float[] logits) {
    float max = Softmax.max(logits);
    if (Float.isInfinite(max)) {
      return Softmax.likeliest(logits);
    }
    // A temperature of next to nothing is greedy, not a division by it.
    double[] sums = Softmax.of(logits, max, (float) Math.min(1 / sampling.temperature(), 1e30));
    double sum = Arrays.stream(sums).sum();
    double at = random.nextDouble();
    boolean all = sampling.topP() == 1 && sampling.topK() == 0 && sampling.minP() == 0;
    return all ? draw(logits, sums, at * sum) : Candidates.of(logits, sum, sampling).draw(at);
  }

  /** The token at which the sum of probabilities, one after another, exceeds {@code at}; finds its block first. */
  private static int draw(float[] p, double[] sums, double at) {
    double left = at;
    int block = 0;
    for (int b = 0; b < sums.length; b++) {
      if (sums[b] > 0) {
        block = b; // the last of them where rounding leaves something over
        if (left < sums[b]) {
          break;
        }
        left -= sums[b];
      }
    }
    return within(p, block, left / sums[block]);
  }

  /** The token at a share of the block's sum, which is taken anew: one of floats may be off by more than its last tokens are likely. */
  private static int within(float[] p, int block, double share) {
    int from = block * Softmax.BLOCK;
    int to = Math.min(from + Softmax.BLOCK, p.length);
    double sum = 0;
    for (int t = from; t < to; t++) {
      sum += p[t] >= Softmax.NOTHING ? p[t] : 0;
    }
    double left = Math.min(share, 1) * sum;
    int found = -1;
    for (int t = from; t < to; t++) {
      if (p[t] >= Softmax.NOTHING) {
        found = t;
        left -= p[t];
        if (left < 0) {
          break;
        }
      }
    }
    return found;
  }
}
