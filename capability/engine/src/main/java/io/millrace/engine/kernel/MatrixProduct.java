// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.util.Arrays;

/**
 * c = a · b, or c += a · b, in floats. Each sum takes its terms in order from zero, rounds once for each, and is added to c at last; so
 * whoever computes it, the result has the same bits.
 */
final class MatrixProduct {
  /** Fewer rows than this are not worth a call into native code. */
  private static final int FEW = 2;

  private MatrixProduct() {}

  /**
   * [rows, depth] · [depth, width]; b is whole, of a and c each row begins a stride after the one before.
   *
   * @param width a multiple of {@link Lanes#TILE}
   */
  static void multiply(
      int rows, int width, int depth, float[] a, int aAt, int aStride, float[] b, int bAt, float[] c, int cAt, int cStride,
      boolean add) {
    if (rows >= FEW && NativeProducts.FLOATS) {
      NativeProducts.floats(rows, width, depth, a, aAt, aStride, b, bAt, c, cAt, cStride, add);
      return;
    }
    for (int r = 0; r < rows && !add; r++) {
      Arrays.fill(c, cAt + r * cStride, cAt + r * cStride + width, 0f);
    }
    if (Lanes.AVAILABLE) {
      VectorKernels.product(rows, width, depth, a, aAt, aStride, b, bAt, c, cAt, cStride);
    } else {
      PlainKernels.product(rows, width, depth, a, aAt, aStride, b, bAt, c, cAt, cStride);
    }
  }
}
