// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

/** The product in plain Java: what the others must equal bit for bit, and the way without the Vector API. */
public final class PlainProduct {
  private PlainProduct() {}

  /** c += a · b, as {@link MatrixProduct#multiply} has it. */
  public static void add(
      int rows, int width, int depth, float[] a, int aAt, int aStride, float[] b, int bAt, float[] c, int cAt, int cStride) {
    for (int r = 0; r < rows; r++) {
      for (int j = 0; j < width; j++) {
        float sum = 0;
        for (int k = 0; k < depth; k++) {
          sum = Math.fma(b[bAt + k * width + j], a[aAt + r * aStride + k], sum);
        }
        c[cAt + r * cStride + j] += sum;
      }
    }
  }
}
