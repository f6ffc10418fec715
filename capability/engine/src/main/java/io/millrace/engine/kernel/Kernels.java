// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import io.millrace.tensor.array.Lanes;

import java.lang.foreign.MemorySegment;

/** The inner loops, with vectors where the machine has them; the same bits without. */
final class Kernels {
  private Kernels() {}

  /** Widens scales: out[i] = scales[at + i]. */
  static void scales(MemorySegment scales, long at, int count, float[] out) {
    if (Lanes.AVAILABLE) {
      VectorKernels.scales(scales, at, count, out);
    } else {
      PlainKernels.scales(scales, at, count, out);
    }
  }

  /**
   * One row of input times the rows of a strip. Where weights have scales: sums += Σ over groups of scale × (start + Σ of
   * value × x), otherwise sums go on with weight × x, one column after another.
   *
   * @param at index of the first word
   * @param groups how many groups of 32 columns
   * @param scales of these groups, [group][4N]
   * @param x input times {@link PanelFormat#factor}
   * @param starts by group, see {@link PanelFormat}
   */
  static void strip(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts,
      int startsAt, float[] sums, int sumsAt) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.strip(format, words, at, groups, scales, 0, x, xAt, starts, startsAt, sums, sumsAt);
      return;
    }
    switch (format) { // a method each, so that each is compiled for itself
      case F32 -> StripKernels.f32(words, at * 4, groups, x, xAt, sums, sumsAt);
      case BF16 -> StripKernels.bf16(words, at * 4, groups, x, xAt, sums, sumsAt);
      case INT8 -> StripKernels.int8(words, at * 4, groups, scales, x, xAt, starts, startsAt, sums, sumsAt);
      case INT4 -> StripKernels.int4(words, at * 4, groups, scales, x, xAt, starts, startsAt, sums, sumsAt);
    }
  }

  /** Whether {@link #fourRows} are faster than four times one. */
  static boolean takesFourRows(PanelFormat format) {
    return Lanes.AVAILABLE && format.scaled();
  }

  /**
   * {@link #strip} for all groups of four rows of input.
   *
   * @param stride from a row to the next in x; in starts it is the number of groups, in sums a strip
   * @param partial scratch space for four strips
   */
  static void fourRows(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, int stride, float[] starts,
      int startsAt, float[] partial, float[] sums, int sumsAt) {
    if (format == PanelFormat.INT8) {
      FourRowKernels.int8(words, at * 4, groups, scales, x, xAt, stride, starts, startsAt, partial, sums, sumsAt);
    } else {
      FourRowKernels.int4(words, at * 4, groups, scales, x, xAt, stride, starts, startsAt, partial, sums, sumsAt);
    }
  }

  /** Weights of some groups of a strip: words [word][4N] to tile [column][4N]; scales of these groups begin at {@code scalesAt}. */
  static void unpack(PanelFormat format, MemorySegment words, long at, int groups, float[] scales, int scalesAt, float[] tile) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.unpack(format, words, at, groups, scales, scalesAt, tile);
      return;
    }
    switch (format) {
      case F32 -> VectorKernels.unpackF32(words, at * 4, groups, tile);
      case BF16 -> VectorKernels.unpackBf16(words, at * 4, groups, tile);
      case INT8 -> VectorKernels.unpackInt8(words, at * 4, groups, scales, scalesAt, tile);
      case INT4 -> VectorKernels.unpackInt4(words, at * 4, groups, scales, scalesAt, tile);
    }
  }

  /** The same rounded to halves, of two columns a pair: [column / 2][4N]. For formats with scales. */
  static void unpackHalves(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, int scalesAt, int[] pairs) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.unpackHalves(format, words, at, groups, scales, scalesAt, pairs);
    } else if (format == PanelFormat.INT8) {
      VectorKernels.unpackInt8Halves(words, at * 4, groups, scales, scalesAt, pairs);
    } else {
      VectorKernels.unpackInt4Halves(words, at * 4, groups, scales, scalesAt, pairs);
    }
  }

  /** Stored keys or values as floats, without their scales; a multiple of N of them. */
  static void widen(KvFormat format, MemorySegment memory, long at, int count, float[] out) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.widen(format, memory, at, count, out);
      return;
    }
    switch (format) {
      case F32 -> VectorKernels.widenF32(memory, at, count, out);
      case BF16 -> VectorKernels.widenBf16(memory, at, count, out);
      case INT8 -> VectorKernels.widenInt8(memory, at, count, out);
    }
  }

  /** The largest of a multiple of 2N of numbers; NaN where one of them is. */
  static float max(float[] x, int at, int count) {
    return Lanes.AVAILABLE ? VectorElements.max(x, at, count) : PlainElements.max(x, at, count);
  }

  /** x[i] = e^((x[i] − max) × scale), and the sum of it; a multiple of 2N of them. */
  static float exponentials(float[] x, int at, int count, float max, float scale) {
    return Lanes.AVAILABLE
        ? VectorElements.exponentials(x, at, count, max, scale) : PlainElements.exponentials(x, at, count, max, scale);
  }
}
