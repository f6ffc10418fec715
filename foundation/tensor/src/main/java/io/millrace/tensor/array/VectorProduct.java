// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The product with vectors. Apart, so that it loads only where the Vector API is, and in small methods, since the compiler gives up
 * inlining when one grows, and a vector that is not inlined is an object.
 */
final class VectorProduct {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  static final int N = F.length();
  private static final int TILE = 2 * N;

  private VectorProduct() {}

  static boolean wideEnough() {
    return F.vectorShape() == VectorShape.S_512_BIT || F.vectorShape() == VectorShape.S_256_BIT;
  }

  private static FloatVector input(float[] x, int at) {
    return FloatVector.broadcast(F, x[at]);
  }

  private static FloatVector floats(float[] a, int at) {
    return FloatVector.fromArray(F, a, at);
  }

  static void add(
      int rows, int width, int depth, float[] a, int aAt, int aStride, float[] b, int bAt, float[] c, int cAt, int cStride) {
    for (int j = 0; j < width; j += TILE) {
      int r = 0;
      for (; r + 4 <= rows; r += 4) {
        fourRows(depth, a, aAt + r * aStride, aStride, b, bAt + j, width, c, cAt + r * cStride + j, cStride);
      }
      for (; r < rows; r++) {
        oneRow(depth, a, aAt + r * aStride, b, bAt + j, width, c, cAt + r * cStride + j);
      }
    }
  }

  private static void addTo(FloatVector sum, float[] c, int at) {
    sum.add(floats(c, at)).intoArray(c, at);
  }

  /** Eight sums, four rows by two vectors, keep two multipliers of four steps' latency busy. */
  private static void fourRows(
      int depth, float[] a, int aAt, int aStride, float[] b, int bAt, int bStride, float[] c, int cAt, int cStride) {
    FloatVector a0 = FloatVector.zero(F);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int k = 0; k < depth; k++) {
      FloatVector w0 = floats(b, bAt + k * bStride);
      FloatVector w1 = floats(b, bAt + k * bStride + N);
      FloatVector v = input(a, aAt + k);
      a0 = w0.fma(v, a0);
      a1 = w1.fma(v, a1);
      v = input(a, aAt + aStride + k);
      b0 = w0.fma(v, b0);
      b1 = w1.fma(v, b1);
      v = input(a, aAt + 2 * aStride + k);
      c0 = w0.fma(v, c0);
      c1 = w1.fma(v, c1);
      v = input(a, aAt + 3 * aStride + k);
      d0 = w0.fma(v, d0);
      d1 = w1.fma(v, d1);
    }
    addTo(a0, c, cAt);
    addTo(a1, c, cAt + N);
    addTo(b0, c, cAt + cStride);
    addTo(b1, c, cAt + cStride + N);
    addTo(c0, c, cAt + 2 * cStride);
    addTo(c1, c, cAt + 2 * cStride + N);
    addTo(d0, c, cAt + 3 * cStride);
    addTo(d1, c, cAt + 3 * cStride + N);
  }

  private static void oneRow(int depth, float[] a, int aAt, float[] b, int bAt, int bStride, float[] c, int cAt) {
    FloatVector s0 = FloatVector.zero(F);
    FloatVector s1 = s0;
    for (int k = 0; k < depth; k++) {
      FloatVector v = input(a, aAt + k);
      s0 = floats(b, bAt + k * bStride).fma(v, s0);
      s1 = floats(b, bAt + k * bStride + N).fma(v, s1);
    }
    addTo(s0, c, cAt);
    addTo(s1, c, cAt + N);
  }
}
