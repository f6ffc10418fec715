// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

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

  /** The halves of a vector onto each other, until there is one number. */
  private static float sum(float[] lanes) {
    for (int width = N / 2; width > 0; width /= 2) {
      for (int i = 0; i < width; i++) {
        lanes[i] += lanes[i + width];
      }
    }
    return lanes[0];
  }

  static void rotate(float[] x, int at, int half, float[] cos, float[] sin, int angles) {
    for (int d = 0; d < half; d++) {
      float c = cos[angles + d];
      float s = sin[angles + d];
      float a = x[at + d];
      float b = x[at + half + d];
      x[at + d] = a * c - b * s;
      x[at + half + d] = b * c + a * s;
    }
  }

  static void scaled(float[] x, int at, float[] weight, float inverse, float[] out, int outAt, int from, int to) {
    for (int i = from; i < to; i++) {
      out[outAt + i] = weight[i] * (x[at + i] * inverse);
    }
  }

  static void swiGlu(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i++) {
      gate[i] = gate[i] / (1 + Exponential.of(-gate[i])) * up[i];
    }
  }

  static float max(float[] x, int at, int count) {
    float max = x[at];
    for (int i = at + 1; i < at + count; i++) {
      max = Math.max(max, x[i]);
    }
    return max;
  }

  static float exponentials(float[] x, int at, int count, float max, float scale) {
    float[] sums = new float[N];
    for (int i = 0; i < count; i++) {
      x[at + i] = Exponential.of((x[at + i] - max) * scale);
      sums[i % N] += x[at + i];
    }
    return sum(sums);
  }

  /** A number rounded to a half (BF16), the nearest, an even one where two are as near. */
  static short half(float x) {
    int bits = Float.floatToRawIntBits(x);
    return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
  }

  static void halves(float[] x, int at, int count, short[] out, int outAt) {
    for (int i = 0; i < count; i++) {
      out[outAt + i] = half(x[at + i]);
    }
  }
}
