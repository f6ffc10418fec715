// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

/**
 * Softmax over a vocabulary, not divided by its sum: what tokens are drawn from. Large vocabularies make this a
 * noticeable part of a step, so it is done with vectors, in blocks whose sums are kept: who draws need not walk through all.
 */
public final class Softmax {
  /** Tokens in a block. */
  public static final int BLOCK = 1024;

  /** What is less likely than this, as a share of the likeliest, counts as nothing: so are tokens of logit −∞. */
  public static final float NOTHING = 1e-30f;

  private Softmax() {}

  /**
   * The token of the largest logit, the first of them.
   *
   * @throws IllegalStateException as {@link #max} does
   */
  public static int likeliest(float[] logits) {
    float max = max(logits);
    int token = 0;
    while (logits[token] != max) {
      token++;
    }
    return token;
  }

  /**
   * The largest logit.
   *
   * @throws IllegalStateException when a logit is not a number, as torn weights make them
   */
  public static float max(float[] logits) {
    int whole = logits.length / Lanes.TILE * Lanes.TILE;
    float max = whole == 0 ? Float.NEGATIVE_INFINITY : Kernels.max(logits, 0, whole);
    if (whole < logits.length) {
      max = Math.max(max, PlainElements.max(logits, whole, logits.length - whole));
    }
    if (Float.isNaN(max)) {
      int token = 0;
      while (!Float.isNaN(logits[token])) {
        token++;
      }
      throw new IllegalStateException("the logit of token " + token + " is not a number; check the model's weights");
    }
    return max;
  }

  /**
   * Turns logits into e^((logit − max) × scale).
   *
   * @param max the largest of them, finite
   * @param scale one over the temperature
   * @return the sum of each block, 0 where nothing in it counts
   */
  public static double[] of(float[] logits, float max, float scale) {
    double[] sums = new double[(logits.length + BLOCK - 1) / BLOCK];
    for (int b = 0; b < sums.length; b++) {
      int from = b * BLOCK;
      int whole = Math.min(BLOCK, logits.length - from) / Lanes.TILE * Lanes.TILE;
      float sum = whole == 0 ? 0 : Kernels.exponentials(logits, from, whole, max, scale);
      for (int t = from + whole; t < Math.min(from + BLOCK, logits.length); t++) {
        logits[t] = Exponential.of((logits[t] - max) * scale);
        sum += logits[t];
      }
      sums[b] = sum < BLOCK * NOTHING ? 0 : sum;
    }
    return sums;
  }
}
