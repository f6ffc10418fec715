// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

import java.lang.foreign.MemorySegment;

/** A strip of weights times one row of input, straight from the words; see {@link VectorKernels} on the size of methods. */
final class StripKernels {
  private static final int N = VectorLanes.N;
  private static final int STRIP = 4 * N;
  private static final int STRIP_BYTES = 4 * STRIP;

  private StripKernels() {}

  static void int8(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts, int startsAt, float[] sums,
      int sumsAt) {
    for (int g = 0; g < groups; g++) {
      groupInt8(words, at + g * 8L * STRIP_BYTES, scales, g * STRIP, x, xAt + g * Panels.GROUP, starts[startsAt + g], sums, sumsAt);
    }
  }

  static void int4(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts, int startsAt, float[] sums,
      int sumsAt) {
    for (int g = 0; g < groups; g++) {
      groupInt4(words, at + g * 4L * STRIP_BYTES, scales, g * STRIP, x, xAt + g * Panels.GROUP, starts[startsAt + g], sums, sumsAt);
    }
  }

  static void bf16(MemorySegment words, long at, int groups, float[] x, int xAt, float[] sums, int sumsAt) {
    for (int g = 0; g < groups; g++) {
      groupBf16(words, at + g * 16L * STRIP_BYTES, x, xAt + g * Panels.GROUP, sums, sumsAt);
    }
  }

  static void f32(MemorySegment words, long at, int groups, float[] x, int xAt, float[] sums, int sumsAt) {
    for (int g = 0; g < groups; g++) {
      groupF32(words, at + g * 32L * STRIP_BYTES, x, xAt + g * Panels.GROUP, sums, sumsAt);
    }
  }

  private static FloatVector floats(float[] a, int at) {
    return VectorKernels.floats(a, at);
  }

  private static FloatVector add(IntVector words, int mask, FloatVector x, FloatVector sum) {
    return VectorLanes.toFloats(words.and(mask)).fma(x, sum);
  }

  /** sums += sum × scale. */
  static void end(FloatVector sum, float[] scales, int scalesAt, float[] sums, int sumsAt) {
    sum.fma(floats(scales, scalesAt), floats(sums, sumsAt)).intoArray(sums, sumsAt);
  }

  private static void groupInt8(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, float start, float[] sums, int sumsAt) {
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
        FloatVector v = VectorKernels.input(x, xAt + 4 * i + k);
        int mask = 0xFF << 8 * k;
        a = add(wa, mask, v, a);
        b = add(wb, mask, v, b);
        c = add(wc, mask, v, c);
        d = add(wd, mask, v, d);
      }
    }
    end(a, scales, scalesAt, sums, sumsAt);
    end(b, scales, scalesAt + N, sums, sumsAt + N);
    end(c, scales, scalesAt + 2 * N, sums, sumsAt + 2 * N);
    end(d, scales, scalesAt + 3 * N, sums, sumsAt + 3 * N);
  }

  private static void groupInt4(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, float start, float[] sums, int sumsAt) {
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
        FloatVector v = VectorKernels.input(x, xAt + 8 * i + k);
        int mask = 0xF << 4 * k;
        a = add(wa, mask, v, a);
        b = add(wb, mask, v, b);
        c = add(wc, mask, v, c);
        d = add(wd, mask, v, d);
      }
    }
    end(a, scales, scalesAt, sums, sumsAt);
    end(b, scales, scalesAt + N, sums, sumsAt + N);
    end(c, scales, scalesAt + 2 * N, sums, sumsAt + 2 * N);
    end(d, scales, scalesAt + 3 * N, sums, sumsAt + 3 * N);
  }

  private static void groupBf16(MemorySegment words, long at, float[] x, int xAt, float[] sums, int sumsAt) {
    FloatVector a = floats(sums, sumsAt);
    FloatVector b = floats(sums, sumsAt + N);
    FloatVector c = floats(sums, sumsAt + 2 * N);
    FloatVector d = floats(sums, sumsAt + 3 * N);
    for (int i = 0; i < 16; i++) {
      IntVector wa = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector wb = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector wc = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector wd = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      FloatVector v = VectorKernels.input(x, xAt + 2 * i);
      a = VectorKernels.low(wa).fma(v, a);
      b = VectorKernels.low(wb).fma(v, b);
      c = VectorKernels.low(wc).fma(v, c);
      d = VectorKernels.low(wd).fma(v, d);
      v = VectorKernels.input(x, xAt + 2 * i + 1);
      a = VectorKernels.high(wa).fma(v, a);
      b = VectorKernels.high(wb).fma(v, b);
      c = VectorKernels.high(wc).fma(v, c);
      d = VectorKernels.high(wd).fma(v, d);
    }
    a.intoArray(sums, sumsAt);
    b.intoArray(sums, sumsAt + N);
    c.intoArray(sums, sumsAt + 2 * N);
    d.intoArray(sums, sumsAt + 3 * N);
  }

  private static void groupF32(MemorySegment words, long at, float[] x, int xAt, float[] sums, int sumsAt) {
    FloatVector a = floats(sums, sumsAt);
    FloatVector b = floats(sums, sumsAt + N);
    FloatVector c = floats(sums, sumsAt + 2 * N);
    FloatVector d = floats(sums, sumsAt + 3 * N);
    for (int i = 0; i < 32; i++) {
      FloatVector v = VectorKernels.input(x, xAt + i);
      long from = at + (long) i * STRIP_BYTES;
      a = VectorKernels.words(words, from).reinterpretAsFloats().fma(v, a);
      b = VectorKernels.words(words, from + 4 * N).reinterpretAsFloats().fma(v, b);
      c = VectorKernels.words(words, from + 8 * N).reinterpretAsFloats().fma(v, c);
      d = VectorKernels.words(words, from + 12 * N).reinterpretAsFloats().fma(v, d);
    }
    a.intoArray(sums, sumsAt);
    b.intoArray(sums, sumsAt + N);
    c.intoArray(sums, sumsAt + 2 * N);
    d.intoArray(sums, sumsAt + 3 * N);
  }
}
