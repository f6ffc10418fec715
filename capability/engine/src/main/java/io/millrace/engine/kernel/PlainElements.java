// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

/** Element-wise work in plain Java, in the order in which vectors do it. */
final class PlainElements {
  private static final int N = Lanes.N;

  private PlainElements() {}

  static float squares(float[] x, int at, int size) {
    float[] sums = new float[N];
    int bound = size / N * N;
    for (int i = 0; i < bound; i++) {
      sums[i % N] = Math.fma(x[at + i], x[at + i], sums[i % N]);
    }
    return tail(x, at, bound, size, sum(sums));
  }

  static float tail(float[] x, int at, int from, int to, float sum) {
    for (int i = from; i < to; i++) {
      sum = Math.fma(x[at + i], x[at + i], sum);
    }
    return sum;
  }

  /** One after another: slow for a vector, but there is one such sum a row. */
  static float sum(float[] lanes) {
    float sum = 0;
    for (float lane : lanes) {
      sum += lane;
    }
    return sum;
  }

  static void swiGlu(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i++) {
      gate[i] = gate[i] / (1 + Exponential.of(-gate[i])) * up[i];
    }
  }

  static float exponentials(float[] x, int at, int count, float max, float scale) {
    float[] sums = new float[N];
    for (int i = 0; i < count; i++) {
      x[at + i] = Exponential.of((x[at + i] - max) * scale);
      sums[i % N] += x[at + i];
    }
    return sum(sums);
  }
}
