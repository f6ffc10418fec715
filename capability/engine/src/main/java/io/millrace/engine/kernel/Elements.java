// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

/** What is done to each number, or to each row, between products; the same bits with and without vectors. */
public final class Elements {
  private Elements() {}

  /**
   * out = x / √(mean of squares + ε) × weight for one row (Zhang and Sennrich, RMSNorm, 2019); in place if both are one.
   */
  public static void rmsNorm(float[] x, int at, float[] weight, float epsilon, float[] out, int outAt) {
    int size = weight.length;
    float squares = Lanes.AVAILABLE ? VectorElements.squares(x, at, size) : PlainElements.squares(x, at, size);
    float inverse = (float) (1 / Math.sqrt(squares / size + epsilon));
    int bound = Lanes.AVAILABLE ? size / Lanes.N * Lanes.N : 0;
    if (bound > 0) {
      VectorElements.scaled(x, at, weight, inverse, out, outAt, bound);
    }
    PlainElements.scaled(x, at, weight, inverse, out, outAt, bound, size);
  }

  /** Numbers rounded to halves (BF16), to the nearest, to an even one where two are as near. */
  static void halves(float[] x, int at, int count, short[] out, int outAt) {
    int bound = Lanes.AVAILABLE ? count / Lanes.N * Lanes.N : 0;
    if (bound > 0) {
      VectorElements.halves(x, at, bound, out, outAt);
    }
    PlainElements.halves(x, at + bound, count - bound, out, outAt + bound);
  }

  /** gate = gate × σ(gate) × up (Shazeer, GLU variants, 2020). */
  public static void swiGlu(float[] gate, float[] up, int from, int to) {
    if (Lanes.AVAILABLE) {
      int bound = from + (to - from) / Lanes.N * Lanes.N;
      VectorElements.swiGlu(gate, up, from, bound);
      PlainElements.swiGlu(gate, up, bound, to);
    } else {
      PlainElements.swiGlu(gate, up, from, to);
    }
  }

  /** x += y. */
  public static void add(float[] x, float[] y, int from, int to) {
    for (int i = from; i < to; i++) {
      x[i] += y[i];
    }
  }
}
