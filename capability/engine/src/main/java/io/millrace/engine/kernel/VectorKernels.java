// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops with vectors.
 *
 * <p>Apart, so that it loads only where the Vector API is. Written for what the compiler does with it: it gives up inlining
 * when a method grows (a load from a segment counts as some 130 calls), and a vector that is not inlined is an object; so
 * methods are small, loops are written as loops and left to be unrolled, and sums that would not fit into sixteen
 * registers beside the others are kept in memory between groups.
 */
final class VectorKernels {
  private static final int N = VectorLanes.N;
  private static final int TILE = 2 * N;
  private static final int STRIP = 4 * N;

  private VectorKernels() {}

  static void scales(MemorySegment scales, long at, int count, float[] out) {
    for (int i = 0; i < count; i += N) {
      VectorLanes.bf16(scales, (at + i) * 2).intoArray(out, i);
    }
  }

  static IntVector words(MemorySegment words, long at) {
    return IntVector.fromMemorySegment(VectorLanes.I, words, at, VectorLanes.LE);
  }

  static FloatVector input(float[] x, int at) {
    return FloatVector.broadcast(VectorLanes.F, x[at]);
  }

  static FloatVector floats(float[] a, int at) {
    return FloatVector.fromArray(VectorLanes.F, a, at);
  }

  static FloatVector low(IntVector words) {
    return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  static FloatVector high(IntVector words) {
    return words.and(0xFFFF0000).reinterpretAsFloats();
  }

  static void unpackF32(MemorySegment words, long at, int groups, float[] tile) {
    for (int i = 0; i < groups * Panels.GROUP * STRIP; i += N) {
      words(words, at + 4L * i).reinterpretAsFloats().intoArray(tile, i);
    }
  }

  static void unpackBf16(MemorySegment words, long at, int groups, float[] tile) {
    for (int c = 0; c < groups * Panels.GROUP; c += 2) {
      for (int v = 0; v < STRIP; v += N) {
        IntVector w = words(words, at + 4L * (c / 2 * STRIP + v));
        low(w).intoArray(tile, c * STRIP + v);
        high(w).intoArray(tile, (c + 1) * STRIP + v);
      }
    }
  }

  /** The {@code k}th field as a weight, exact; {@code less} is what the bias comes to. */
  private static FloatVector int8(IntVector words, int k, FloatVector scale, FloatVector less) {
    return k == 3 ? VectorLanes.toFloats(words.lanewise(VectorOperators.ASHR, 24)).mul(scale)
        : VectorLanes.toFloats(words.lanewise(VectorOperators.LSHR, 8 * k).and(0xFF)).fma(scale, less);
  }

  private static FloatVector int4(IntVector words, int k, FloatVector scale, FloatVector less) {
    return k == 7 ? VectorLanes.toFloats(words.lanewise(VectorOperators.ASHR, 28)).mul(scale)
        : VectorLanes.toFloats(words.lanewise(VectorOperators.LSHR, 4 * k).and(0xF)).fma(scale, less);
  }

  static void unpackInt8(MemorySegment words, long at, int groups, float[] scales, int scalesAt, float[] tile) {
    for (int i = 0; i < 8 * groups; i++) {
      for (int v = 0; v < STRIP; v += N) {
        IntVector w = words(words, at + 4L * (i * STRIP + v));
        FloatVector scale = floats(scales, scalesAt + i / 8 * STRIP + v);
        FloatVector less = scale.mul(-128f);
        for (int k = 0; k < 4; k++) {
          int8(w, k, scale, less).intoArray(tile, (4 * i + k) * STRIP + v);
        }
      }
    }
  }

  static void unpackInt4(MemorySegment words, long at, int groups, float[] scales, int scalesAt, float[] tile) {
    for (int i = 0; i < 4 * groups; i++) {
      for (int v = 0; v < STRIP; v += N) {
        IntVector w = words(words, at + 4L * (i * STRIP + v));
        FloatVector scale = floats(scales, scalesAt + i / 4 * STRIP + v);
        FloatVector less = scale.mul(-8f);
        for (int k = 0; k < 8; k++) {
          int4(w, k, scale, less).intoArray(tile, (8 * i + k) * STRIP + v);
        }
      }
    }
  }

  /** Two floats as halves, rounded to the nearest. */
  private static IntVector pair(FloatVector low, FloatVector high) {
    return low.reinterpretAsInts().add(0x8000).lanewise(VectorOperators.LSHR, 16)
        .or(high.reinterpretAsInts().add(0x8000).and(0xFFFF0000));
  }

  static void unpackInt8Halves(MemorySegment words, long at, int groups, float[] scales, int scalesAt, int[] pairs) {
    for (int i = 0; i < 8 * groups; i++) {
      for (int v = 0; v < STRIP; v += N) {
        IntVector w = words(words, at + 4L * (i * STRIP + v));
        FloatVector scale = floats(scales, scalesAt + i / 8 * STRIP + v);
        FloatVector less = scale.mul(-128f);
        for (int k = 0; k < 4; k += 2) {
          pair(int8(w, k, scale, less), int8(w, k + 1, scale, less)).intoArray(pairs, (4 * i + k) / 2 * STRIP + v);
        }
      }
    }
  }

  static void unpackInt4Halves(MemorySegment words, long at, int groups, float[] scales, int scalesAt, int[] pairs) {
    for (int i = 0; i < 4 * groups; i++) {
      for (int v = 0; v < STRIP; v += N) {
        IntVector w = words(words, at + 4L * (i * STRIP + v));
        FloatVector scale = floats(scales, scalesAt + i / 4 * STRIP + v);
        FloatVector less = scale.mul(-8f);
        for (int k = 0; k < 8; k += 2) {
          pair(int4(w, k, scale, less), int4(w, k + 1, scale, less)).intoArray(pairs, (8 * i + k) / 2 * STRIP + v);
        }
      }
    }
  }

  static void product(
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

  private static void add(FloatVector sum, float[] c, int at) {
    sum.add(floats(c, at)).intoArray(c, at);
  }

  /** Eight sums, four rows by two vectors, keep two multipliers of four steps' latency busy. */
  private static void fourRows(
      int depth, float[] a, int aAt, int aStride, float[] b, int bAt, int bStride, float[] c, int cAt, int cStride) {
    FloatVector a0 = FloatVector.zero(VectorLanes.F);
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
    add(a0, c, cAt);
    add(a1, c, cAt + N);
    add(b0, c, cAt + cStride);
    add(b1, c, cAt + cStride + N);
    add(c0, c, cAt + 2 * cStride);
    add(c1, c, cAt + 2 * cStride + N);
    add(d0, c, cAt + 3 * cStride);
    add(d1, c, cAt + 3 * cStride + N);
  }

  private static void oneRow(int depth, float[] a, int aAt, float[] b, int bAt, int bStride, float[] c, int cAt) {
    FloatVector s0 = FloatVector.zero(VectorLanes.F);
    FloatVector s1 = s0;
    for (int k = 0; k < depth; k++) {
      FloatVector v = input(a, aAt + k);
      s0 = floats(b, bAt + k * bStride).fma(v, s0);
      s1 = floats(b, bAt + k * bStride + N).fma(v, s1);
    }
    add(s0, c, cAt);
    add(s1, c, cAt + N);
  }

  static void widenF32(MemorySegment memory, long at, int count, float[] out) {
    for (int i = 0; i < count; i += N) {
      FloatVector.fromMemorySegment(VectorLanes.F, memory, at + 4L * i, VectorLanes.LE).intoArray(out, i);
    }
  }

  static void widenBf16(MemorySegment memory, long at, int count, float[] out) {
    for (int i = 0; i < count; i += N) {
      VectorLanes.bf16(memory, at + 2L * i).intoArray(out, i);
    }
  }

  static void widenInt8(MemorySegment memory, long at, int count, float[] out) {
    for (int i = 0; i < count; i += N) {
      VectorLanes.bytes(memory, at + i).intoArray(out, i);
    }
  }
}
