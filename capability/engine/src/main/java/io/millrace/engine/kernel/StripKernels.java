// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

import java.lang.foreign.MemorySegment;

/** A strip of weights times one row of input, straight from the words; see {@link VectorKernels} on the size of methods. */
final class StripKernels {
  private static final int N = VectorLanes.N;
  private static final int STRIP_BYTES = 16 * N;

  private StripKernels() {}

  static void int8(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts, int startsAt,
      float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      groupInt8(words, at + g * 8L * STRIP_BYTES, scales, g * 4 * N, x, xAt + g * 128, starts[startsAt + 4 * g], y, yAt);
    }
  }

  static void int4(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts, int startsAt,
      float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      groupInt4(words, at + g * 4L * STRIP_BYTES, scales, g * 4 * N, x, xAt + g * 128, starts[startsAt + 4 * g], y, yAt);
    }
  }

  static void bf16(MemorySegment words, long at, int groups, float[] x, int xAt, float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      groupBf16(words, at + g * 16L * STRIP_BYTES, x, xAt + g * 128, y, yAt);
    }
  }

  static void f32(MemorySegment words, long at, int groups, float[] x, int xAt, float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      groupF32(words, at + g * 32L * STRIP_BYTES, x, xAt + g * 128, y, yAt);
    }
  }

  private static FloatVector add(IntVector words, int mask, FloatVector x, FloatVector sum) {
    return VectorLanes.toFloats(words.and(mask)).fma(x, sum);
  }

  private static void groupInt8(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, float start, float[] y, int yAt) {
    FloatVector a = FloatVector.broadcast(VectorLanes.F, start);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < 8; i++) {
      IntVector wa = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector wb = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector wc = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector wd = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      for (int k = 0; k < 4; k++) {
        FloatVector v = VectorKernels.input(x, xAt + 16 * i + 4 * k);
        int mask = 0xFF << 8 * k;
        a = add(wa, mask, v, a);
        b = add(wb, mask, v, b);
        c = add(wc, mask, v, c);
        d = add(wd, mask, v, d);
      }
    }
    VectorKernels.end(a, scales, scalesAt, y, yAt);
    VectorKernels.end(b, scales, scalesAt + N, y, yAt + N);
    VectorKernels.end(c, scales, scalesAt + 2 * N, y, yAt + 2 * N);
    VectorKernels.end(d, scales, scalesAt + 3 * N, y, yAt + 3 * N);
  }

  private static void groupInt4(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, float start, float[] y, int yAt) {
    FloatVector a = FloatVector.broadcast(VectorLanes.F, start);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < 4; i++) {
      IntVector wa = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector wb = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector wc = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector wd = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      for (int k = 0; k < 8; k++) {
        FloatVector v = VectorKernels.input(x, xAt + 32 * i + 4 * k);
        int mask = 0xF << 4 * k;
        a = add(wa, mask, v, a);
        b = add(wb, mask, v, b);
        c = add(wc, mask, v, c);
        d = add(wd, mask, v, d);
      }
    }
    VectorKernels.end(a, scales, scalesAt, y, yAt);
    VectorKernels.end(b, scales, scalesAt + N, y, yAt + N);
    VectorKernels.end(c, scales, scalesAt + 2 * N, y, yAt + 2 * N);
    VectorKernels.end(d, scales, scalesAt + 3 * N, y, yAt + 3 * N);
  }

  private static void groupBf16(MemorySegment words, long at, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = FloatVector.zero(VectorLanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < 16; i++) {
      IntVector wa = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector wb = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector wc = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector wd = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      FloatVector v = VectorKernels.input(x, xAt + 8 * i);
      a = VectorKernels.low(wa).fma(v, a);
      b = VectorKernels.low(wb).fma(v, b);
      c = VectorKernels.low(wc).fma(v, c);
      d = VectorKernels.low(wd).fma(v, d);
      v = VectorKernels.input(x, xAt + 8 * i + 4);
      a = VectorKernels.high(wa).fma(v, a);
      b = VectorKernels.high(wb).fma(v, b);
      c = VectorKernels.high(wc).fma(v, c);
      d = VectorKernels.high(wd).fma(v, d);
    }
    VectorKernels.end(a, y, yAt);
    VectorKernels.end(b, y, yAt + N);
    VectorKernels.end(c, y, yAt + 2 * N);
    VectorKernels.end(d, y, yAt + 3 * N);
  }

  private static void groupF32(MemorySegment words, long at, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a = FloatVector.zero(VectorLanes.F);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    for (int i = 0; i < 32; i++) {
      FloatVector v = VectorKernels.input(x, xAt + 4 * i);
      long from = at + (long) i * STRIP_BYTES;
      a = VectorKernels.words(words, from).reinterpretAsFloats().fma(v, a);
      b = VectorKernels.words(words, from + 4 * N).reinterpretAsFloats().fma(v, b);
      c = VectorKernels.words(words, from + 8 * N).reinterpretAsFloats().fma(v, c);
      d = VectorKernels.words(words, from + 12 * N).reinterpretAsFloats().fma(v, d);
    }
    VectorKernels.end(a, y, yAt);
    VectorKernels.end(b, y, yAt + N);
    VectorKernels.end(c, y, yAt + 2 * N);
    VectorKernels.end(d, y, yAt + 3 * N);
  }
}
