// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * c = a · b, or c += a · b, in floats. Each sum takes its terms in order from zero, rounds once for each, and is added to c at last; so
 * whoever computes it, the result has the same bits.
 */
public final class MatrixProduct {
  /** Fewer rows than this are not worth a call into native code. */
  private static final int FEW = 2;

  private MatrixProduct() {}

  /** Has the native kernels loaded and checked, half a second's work, on a thread of its own. */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("native-products").start(NativeProducts::load);
  }

  /** Whether {@link #multiplyHalves} works on this machine. */
  public static boolean multipliesHalves() {
    return NativeProducts.HALVES;
  }

  /**
   * The same with a in halves (BF16) and b in pairs of halves, [depth / 2, width], the even depth in the lower half; summed in floats in
   * the processor's own order, but for each row the same whatever rows stand beside it.
   *
   * @param depth even
   * @throws IllegalStateException where the machine does not {@linkplain #multipliesHalves multiply halves}
   */
  public static void multiplyHalves(
      int rows, int width, int depth, short[] a, int aAt, int aStride, MemorySegment b, float[] c, int cAt, int cStride,
      boolean add) {
    NativeProducts.halves(rows, width, depth, a, aAt, aStride, b, c, cAt, cStride, add);
  }

  /**
   * [rows, depth] · [depth, width]; b is whole, of a and c each row begins a stride after the one before.
   *
   * @param width a multiple of {@link Lanes#TILE}
   */
  public static void multiply(
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
      VectorProduct.add(rows, width, depth, a, aAt, aStride, b, bAt, c, cAt, cStride);
    } else {
      PlainProduct.add(rows, width, depth, a, aAt, aStride, b, bAt, c, cAt, cStride);
    }
  }
}
