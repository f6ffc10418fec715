// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.engine.kernel.Softmax;

import java.util.Arrays;

/**
 * How likely a token and its alternatives were.
 *
 * @param logprob of the token
 * @param tokens the likeliest, likeliest first
 * @param logprobs theirs
 */
public record TokenScores(float logprob, int[] tokens, float[] logprobs) {
  /**
   * Scores from the model's own logits.
   *
   * @param alternatives how many of the likeliest
   */
  static TokenScores of(float[] logits, int token, int alternatives) {
    float max = Softmax.max(logits);
    double norm = max + Math.log(Arrays.stream(Softmax.of(logits.clone(), max, 1)).sum());
    int[] best = likeliest(logits, Math.min(alternatives, logits.length));
    float[] logprobs = new float[best.length];
    for (int i = 0; i < best.length; i++) {
      logprobs[i] = (float) (logits[best[i]] - norm);
    }
    return new TokenScores((float) (logits[token] - norm), best, logprobs);
  }

  private static int[] likeliest(float[] logits, int count) {
    int[] best = new int[count];
    int n = 0;
    for (int t = 0; t < logits.length && count > 0; t++) {
      if (n == count && logits[t] <= logits[best[n - 1]]) {
        continue;
      }
      int at = n < count ? n++ : n - 1;
      while (at > 0 && logits[best[at - 1]] < logits[t]) {
        best[at] = best[at - 1];
        at--;
      }
      best[at] = t;
    }
    return Arrays.copyOf(best, n);
  }
}
