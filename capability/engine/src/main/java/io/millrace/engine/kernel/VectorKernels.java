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
