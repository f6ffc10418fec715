// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

import java.lang.foreign.MemorySegment;

/**
 * A strip of weights times four rows of input, straight from the words, each row with the bits of {@link StripKernels}: a whole
 * strip at a time where there are registers for sixteen sums, otherwise half of one. See {@link VectorKernels} on the size of
 * methods.
 */
final class FourRowKernels {
  private static final int N = VectorLanes.N;
  private static final int STRIP = 4 * N;
  private static final int STRIP_BYTES = 4 * STRIP;
  private static final boolean WIDE = N == 16; // then there are 32 registers

  private FourRowKernels() {}

  static void int8(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, int stride, float[] starts, int startsAt,
      float[] partial, float[] sums, int sumsAt) {
    for (int g = 0; g < groups; g++) {
      long from = at + g * 8L * STRIP_BYTES;
      int column = xAt + g * Panels.GROUP;
      if (WIDE) {
        wideInt8(words, from, x, column, stride, starts, startsAt + g, groups, partial);
        scaled(partial, scales, g * STRIP, sums, sumsAt);
      } else {
        narrowInt8(words, from, scales, g * STRIP, x, column, stride, starts, startsAt + g, groups, sums, sumsAt);
        narrowInt8(words, from + 8 * N, scales, g * STRIP + 2 * N, x, column, stride, starts, startsAt + g, groups, sums,
            sumsAt + 2 * N);
      }
    }
  }

  static void int4(
      MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, int stride, float[] starts, int startsAt,
      float[] partial, float[] sums, int sumsAt) {
    for (int g = 0; g < groups; g++) {
      long from = at + g * 4L * STRIP_BYTES;
      int column = xAt + g * Panels.GROUP;
      if (WIDE) {
        wideInt4(words, from, x, column, stride, starts, startsAt + g, groups, partial);
        scaled(partial, scales, g * STRIP, sums, sumsAt);
      } else {
        narrowInt4(words, from, scales, g * STRIP, x, column, stride, starts, startsAt + g, groups, sums, sumsAt);
        narrowInt4(words, from + 8 * N, scales, g * STRIP + 2 * N, x, column, stride, starts, startsAt + g, groups, sums,
            sumsAt + 2 * N);
      }
    }
  }

  private static void scaled(float[] partial, float[] scales, int scalesAt, float[] sums, int sumsAt) {
    for (int i = 0; i < 4 * STRIP; i += N) {
      StripKernels.end(VectorKernels.floats(partial, i), scales, scalesAt + i % STRIP, sums, sumsAt + i);
    }
  }

  private static void wideInt8(
      MemorySegment words, long at, float[] x, int xAt, int stride, float[] starts, int startsAt, int startStride, float[] partial) {
    FloatVector a0 = VectorKernels.input(starts, startsAt);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = VectorKernels.input(starts, startsAt + startStride);
    FloatVector b1 = b0;
    FloatVector b2 = b0;
    FloatVector b3 = b0;
    FloatVector c0 = VectorKernels.input(starts, startsAt + 2 * startStride);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector d0 = VectorKernels.input(starts, startsAt + 3 * startStride);
    FloatVector d1 = d0;
    FloatVector d2 = d0;
    FloatVector d3 = d0;
    for (int i = 0; i < 8; i++) {
      IntVector words0 = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector words1 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector words2 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector words3 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      for (int k = 0; k < 4; k++) {
        int column = xAt + 4 * i + k;
        int mask = 0xFF << 8 * k;
        FloatVector w0 = VectorLanes.toFloats(words0.and(mask));
        FloatVector w1 = VectorLanes.toFloats(words1.and(mask));
        FloatVector w2 = VectorLanes.toFloats(words2.and(mask));
        FloatVector w3 = VectorLanes.toFloats(words3.and(mask));
        FloatVector v = VectorKernels.input(x, column);
        a0 = w0.fma(v, a0);
        a1 = w1.fma(v, a1);
        a2 = w2.fma(v, a2);
        a3 = w3.fma(v, a3);
        v = VectorKernels.input(x, column + stride);
        b0 = w0.fma(v, b0);
        b1 = w1.fma(v, b1);
        b2 = w2.fma(v, b2);
        b3 = w3.fma(v, b3);
        v = VectorKernels.input(x, column + 2 * stride);
        c0 = w0.fma(v, c0);
        c1 = w1.fma(v, c1);
        c2 = w2.fma(v, c2);
        c3 = w3.fma(v, c3);
        v = VectorKernels.input(x, column + 3 * stride);
        d0 = w0.fma(v, d0);
        d1 = w1.fma(v, d1);
        d2 = w2.fma(v, d2);
        d3 = w3.fma(v, d3);
      }
    }
    a0.intoArray(partial, 0);
    a1.intoArray(partial, N);
    a2.intoArray(partial, 2 * N);
    a3.intoArray(partial, 3 * N);
    b0.intoArray(partial, 4 * N);
    b1.intoArray(partial, 5 * N);
    b2.intoArray(partial, 6 * N);
    b3.intoArray(partial, 7 * N);
    c0.intoArray(partial, 8 * N);
    c1.intoArray(partial, 9 * N);
    c2.intoArray(partial, 10 * N);
    c3.intoArray(partial, 11 * N);
    d0.intoArray(partial, 12 * N);
    d1.intoArray(partial, 13 * N);
    d2.intoArray(partial, 14 * N);
    d3.intoArray(partial, 15 * N);
  }

  private static void wideInt4(
      MemorySegment words, long at, float[] x, int xAt, int stride, float[] starts, int startsAt, int startStride, float[] partial) {
    FloatVector a0 = VectorKernels.input(starts, startsAt);
    FloatVector a1 = a0;
    FloatVector a2 = a0;
    FloatVector a3 = a0;
    FloatVector b0 = VectorKernels.input(starts, startsAt + startStride);
    FloatVector b1 = b0;
    FloatVector b2 = b0;
    FloatVector b3 = b0;
    FloatVector c0 = VectorKernels.input(starts, startsAt + 2 * startStride);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    FloatVector d0 = VectorKernels.input(starts, startsAt + 3 * startStride);
    FloatVector d1 = d0;
    FloatVector d2 = d0;
    FloatVector d3 = d0;
    for (int i = 0; i < 4; i++) {
      IntVector words0 = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector words1 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      IntVector words2 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 8 * N);
      IntVector words3 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 12 * N);
      for (int k = 0; k < 8; k++) {
        int column = xAt + 8 * i + k;
        int mask = 0xF << 4 * k;
        FloatVector w0 = VectorLanes.toFloats(words0.and(mask));
        FloatVector w1 = VectorLanes.toFloats(words1.and(mask));
        FloatVector w2 = VectorLanes.toFloats(words2.and(mask));
        FloatVector w3 = VectorLanes.toFloats(words3.and(mask));
        FloatVector v = VectorKernels.input(x, column);
        a0 = w0.fma(v, a0);
        a1 = w1.fma(v, a1);
        a2 = w2.fma(v, a2);
        a3 = w3.fma(v, a3);
        v = VectorKernels.input(x, column + stride);
        b0 = w0.fma(v, b0);
        b1 = w1.fma(v, b1);
        b2 = w2.fma(v, b2);
        b3 = w3.fma(v, b3);
        v = VectorKernels.input(x, column + 2 * stride);
        c0 = w0.fma(v, c0);
        c1 = w1.fma(v, c1);
        c2 = w2.fma(v, c2);
        c3 = w3.fma(v, c3);
        v = VectorKernels.input(x, column + 3 * stride);
        d0 = w0.fma(v, d0);
        d1 = w1.fma(v, d1);
        d2 = w2.fma(v, d2);
        d3 = w3.fma(v, d3);
      }
    }
    a0.intoArray(partial, 0);
    a1.intoArray(partial, N);
    a2.intoArray(partial, 2 * N);
    a3.intoArray(partial, 3 * N);
    b0.intoArray(partial, 4 * N);
    b1.intoArray(partial, 5 * N);
    b2.intoArray(partial, 6 * N);
    b3.intoArray(partial, 7 * N);
    c0.intoArray(partial, 8 * N);
    c1.intoArray(partial, 9 * N);
    c2.intoArray(partial, 10 * N);
    c3.intoArray(partial, 11 * N);
    d0.intoArray(partial, 12 * N);
    d1.intoArray(partial, 13 * N);
    d2.intoArray(partial, 14 * N);
    d3.intoArray(partial, 15 * N);
  }

  private static void narrowInt8(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, int stride, float[] starts, int startsAt,
      int startStride, float[] sums, int sumsAt) {
    FloatVector a0 = VectorKernels.input(starts, startsAt);
    FloatVector a1 = a0;
    FloatVector b0 = VectorKernels.input(starts, startsAt + startStride);
    FloatVector b1 = b0;
    FloatVector c0 = VectorKernels.input(starts, startsAt + 2 * startStride);
    FloatVector c1 = c0;
    FloatVector d0 = VectorKernels.input(starts, startsAt + 3 * startStride);
    FloatVector d1 = d0;
    for (int i = 0; i < 8; i++) {
      IntVector words0 = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector words1 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      for (int k = 0; k < 4; k++) {
        int column = xAt + 4 * i + k;
        FloatVector w0 = VectorLanes.toFloats(words0.and(0xFF << 8 * k));
        FloatVector w1 = VectorLanes.toFloats(words1.and(0xFF << 8 * k));
        FloatVector v = VectorKernels.input(x, column);
        a0 = w0.fma(v, a0);
        a1 = w1.fma(v, a1);
        v = VectorKernels.input(x, column + stride);
        b0 = w0.fma(v, b0);
        b1 = w1.fma(v, b1);
        v = VectorKernels.input(x, column + 2 * stride);
        c0 = w0.fma(v, c0);
        c1 = w1.fma(v, c1);
        v = VectorKernels.input(x, column + 3 * stride);
        d0 = w0.fma(v, d0);
        d1 = w1.fma(v, d1);
      }
    }
    StripKernels.end(a0, scales, scalesAt, sums, sumsAt);
    StripKernels.end(a1, scales, scalesAt + N, sums, sumsAt + N);
    StripKernels.end(b0, scales, scalesAt, sums, sumsAt + STRIP);
    StripKernels.end(b1, scales, scalesAt + N, sums, sumsAt + STRIP + N);
    StripKernels.end(c0, scales, scalesAt, sums, sumsAt + 2 * STRIP);
    StripKernels.end(c1, scales, scalesAt + N, sums, sumsAt + 2 * STRIP + N);
    StripKernels.end(d0, scales, scalesAt, sums, sumsAt + 3 * STRIP);
    StripKernels.end(d1, scales, scalesAt + N, sums, sumsAt + 3 * STRIP + N);
  }

  private static void narrowInt4(
      MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt, int stride, float[] starts, int startsAt,
      int startStride, float[] sums, int sumsAt) {
    FloatVector a0 = VectorKernels.input(starts, startsAt);
    FloatVector a1 = a0;
    FloatVector b0 = VectorKernels.input(starts, startsAt + startStride);
    FloatVector b1 = b0;
    FloatVector c0 = VectorKernels.input(starts, startsAt + 2 * startStride);
    FloatVector c1 = c0;
    FloatVector d0 = VectorKernels.input(starts, startsAt + 3 * startStride);
    FloatVector d1 = d0;
    for (int i = 0; i < 4; i++) {
      IntVector words0 = VectorKernels.words(words, at + (long) i * STRIP_BYTES);
      IntVector words1 = VectorKernels.words(words, at + (long) i * STRIP_BYTES + 4 * N);
      for (int k = 0; k < 8; k++) {
        int column = xAt + 8 * i + k;
        FloatVector w0 = VectorLanes.toFloats(words0.and(0xF << 4 * k));
        FloatVector w1 = VectorLanes.toFloats(words1.and(0xF << 4 * k));
        FloatVector v = VectorKernels.input(x, column);
        a0 = w0.fma(v, a0);
        a1 = w1.fma(v, a1);
        v = VectorKernels.input(x, column + stride);
        b0 = w0.fma(v, b0);
        b1 = w1.fma(v, b1);
        v = VectorKernels.input(x, column + 2 * stride);
        c0 = w0.fma(v, c0);
        c1 = w1.fma(v, c1);
        v = VectorKernels.input(x, column + 3 * stride);
        d0 = w0.fma(v, d0);
        d1 = w1.fma(v, d1);
      }
    }
    StripKernels.end(a0, scales, scalesAt, sums, sumsAt);
    StripKernels.end(a1, scales, scalesAt + N, sums, sumsAt + N);
    StripKernels.end(b0, scales, scalesAt, sums, sumsAt + STRIP);
    StripKernels.end(b1, scales, scalesAt + N, sums, sumsAt + STRIP + N);
    StripKernels.end(c0, scales, scalesAt, sums, sumsAt + 2 * STRIP);
    StripKernels.end(c1, scales, scalesAt + N, sums, sumsAt + 2 * STRIP + N);
    StripKernels.end(d0, scales, scalesAt, sums, sumsAt + 3 * STRIP);
    StripKernels.end(d1, scales, scalesAt + N, sums, sumsAt + 3 * STRIP + N);
  }
}
