// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

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
   * y += Σ over groups of scale × (start + Σ over the group's columns of weight × x), for the rows of a strip.
   *
   * @param at index of the strip's first word
   * @param groups how many groups of 32 columns
   * @param scales of the strip, [group][4N]
   * @param x inputs, one every fourth
   * @param starts one every fourth
   */
  static void strip(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts,
      int startsAt, float[] y, int yAt) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.strip(format, words, at, groups, scales, x, xAt, starts, startsAt, y, yAt);
      return;
    }
    switch (format) { // a method each, so that each is compiled for itself
      case F32 -> StripKernels.f32(words, at * 4, groups, x, xAt, y, yAt);
      case BF16 -> StripKernels.bf16(words, at * 4, groups, x, xAt, y, yAt);
      case INT8 -> StripKernels.int8(words, at * 4, groups, scales, x, xAt, starts, startsAt, y, yAt);
      case INT4 -> StripKernels.int4(words, at * 4, groups, scales, x, xAt, starts, startsAt, y, yAt);
    }
  }

  /** Fields of a strip's words as floats in place: words [word][4][N] to tile [half][column][2N]. */
  static void unpack(PanelFormat format, MemorySegment words, long at, int count, float[] tile) {
    if (!Lanes.AVAILABLE) {
      PlainKernels.unpack(format, words, at, count, tile);
      return;
    }
    switch (format) {
      case F32 -> VectorKernels.unpackF32(words, at * 4, count, tile);
      case BF16 -> VectorKernels.unpackBf16(words, at * 4, count, tile);
      case INT8 -> VectorKernels.unpackFields(words, at * 4, count, tile, 4);
      case INT4 -> VectorKernels.unpackFields(words, at * 4, count, tile, 8);
    }
  }

  /** Four rows by the 2N outputs of a tile: y[i][j] += Σ tile[c][j] × x[c][i] for c below {@code depth}. */
  static void tile(float[] tile, int tileAt, int depth, float[] x, int xAt, float[] y, int yAt) {
    if (Lanes.AVAILABLE) {
      VectorKernels.tile(tile, tileAt, depth, x, xAt, y, yAt);
    } else {
      PlainKernels.tile(tile, tileAt, depth, x, xAt, y, yAt);
    }
  }

  /**
   * The same for one group of 32 columns after another: y[i][j] += scale[j] × (start[i] + Σ tile[c][j] × x[c][i]).
   *
   * @param scales for each group a strip's
   * @param partial scratch space, 8N for each group
   */
  static void scaledTiles(
      float[] tile, int tileAt, int groups, float[] scales, int scalesAt, float[] x, int xAt, float[] starts,
      int startsAt, float[] partial, float[] y, int yAt) {
    if (Lanes.AVAILABLE) {
      VectorKernels.scaledTiles(tile, tileAt, groups, scales, scalesAt, x, xAt, starts, startsAt, partial, y, yAt);
    } else {
      PlainKernels.scaledTiles(tile, tileAt, groups, scales, scalesAt, x, xAt, starts, startsAt, y, yAt);
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

  /** x[i] = e^((x[i] − max) × scale), and the sum of it; a multiple of 2N of them. */
  static float exponentials(float[] x, int at, int count, float max, float scale) {
    return Lanes.AVAILABLE
        ? VectorElements.exponentials(x, at, count, max, scale) : PlainElements.exponentials(x, at, count, max, scale);
  }
}
