// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.tensor.array.MatrixProduct;

/**
 * Weights [outputs, inputs] by strips of outputs, as products read them: [strip][input][{@link #WIDTH}], the last strip filled up with zeros.
 *
 * @param count strips
 * @param depth inputs
 */
record Strips(float[] weights, int count, int depth) {
  /** Outputs of a strip: what the native products are fastest with, and whole vectors everywhere. */
  static final int WIDTH = 32;

  /** Inputs that are summed at a time: a strip's weights then stay near. */
  private static final int DEPTH = 512;

  static Strips of(float[] weights, int outputs, int inputs) {
    int count = Math.ceilDiv(outputs, WIDTH);
    float[] strips = new float[count * inputs * WIDTH];
    for (int o = 0; o < outputs; o++) {
      int at = o / WIDTH * inputs * WIDTH + o % WIDTH;
      for (int i = 0; i < inputs; i++) {
        strips[at + i * WIDTH] = weights[o * inputs + i];
      }
    }
    return new Strips(strips, count, inputs);
  }

  /** c = a times one strip; rows of a begin {@code aStride} after each other, those of c {@code cStride}. */
  void multiply(int strip, int rows, float[] a, int aAt, int aStride, float[] c, int cAt, int cStride) {
    multiply(strip, 0, depth, rows, a, aAt, aStride, c, cAt, cStride);
  }

  /** The same for the inputs in [{@code from}, {@code to}), which are all that a holds; adds to c unless it begins with the first input. */
  void multiply(int strip, int from, int to, int rows, float[] a, int aAt, int aStride, float[] c, int cAt, int cStride) {
    int most = Math.ceilDiv(to - from, Math.ceilDiv(to - from, DEPTH));
    for (int d = from; d < to; d += most) {
      MatrixProduct.multiply(rows, WIDTH, Math.min(most, to - d), a, aAt + d - from, aStride, weights, (strip * depth + d) * WIDTH, c, cAt,
          cStride, d > 0);
    }
  }
}
