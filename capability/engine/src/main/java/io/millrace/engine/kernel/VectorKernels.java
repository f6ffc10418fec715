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

  private static FloatVector floats(float[] a, int at) {
    return FloatVector.fromArray(VectorLanes.F, a, at);
  }

  static void end(FloatVector sum, float[] scales, int scalesAt, float[] y, int yAt) {
    sum.fma(floats(scales, scalesAt), floats(y, yAt)).intoArray(y, yAt);
  }

  static void end(FloatVector sum, float[] y, int yAt) {
    sum.add(floats(y, yAt)).intoArray(y, yAt);
  }

  /** Where a vector of words, the {@code i}th of a strip's, goes in a tile: half, then column, then lane. */
  private static int tileAt(int i, int perWord) {
    return ((i & 3) >> 1) * Panels.TILE_COLUMNS * TILE + (i >> 2) * perWord * TILE + (i & 1) * N;
  }

  static void unpackFields(MemorySegment words, long at, int count, float[] tile, int perWord) {
    int bits = 32 / perWord;
    int field = (1 << bits) - 1;
    for (int i = 0; i < 4 * count; i++) {
      IntVector w = words(words, at + 4L * N * i);
      int to = tileAt(i, perWord);
      for (int k = 0; k < perWord; k++) {
        VectorLanes.toFloats(w.and(field << bits * k)).intoArray(tile, to + k * TILE);
      }
    }
  }

  static FloatVector low(IntVector words) {
    return words.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  static FloatVector high(IntVector words) {
    return words.and(0xFFFF0000).reinterpretAsFloats();
  }

  static void unpackBf16(MemorySegment words, long at, int count, float[] tile) {
    for (int i = 0; i < 4 * count; i++) {
      IntVector w = words(words, at + 4L * N * i);
      int to = tileAt(i, 2);
      low(w).intoArray(tile, to);
      high(w).intoArray(tile, to + TILE);
    }
  }

  static void unpackF32(MemorySegment words, long at, int count, float[] tile) {
    for (int i = 0; i < 4 * count; i++) {
      words(words, at + 4L * N * i).reinterpretAsFloats().intoArray(tile, tileAt(i, 1));
    }
  }

  /** As one of {@link #scaledTiles}' groups, of any depth, without scales and starts. */
  static void tile(float[] tile, int tileAt, int depth, float[] x, int xAt, float[] y, int yAt) {
    FloatVector a0 = FloatVector.zero(VectorLanes.F);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int i = 0; i < depth; i++) {
      FloatVector w0 = floats(tile, tileAt + i * TILE);
      FloatVector w1 = floats(tile, tileAt + i * TILE + N);
      FloatVector v = input(x, xAt + i * 4);
      a0 = w0.fma(v, a0);
      a1 = w1.fma(v, a1);
      v = input(x, xAt + i * 4 + 1);
      b0 = w0.fma(v, b0);
      b1 = w1.fma(v, b1);
      v = input(x, xAt + i * 4 + 2);
      c0 = w0.fma(v, c0);
      c1 = w1.fma(v, c1);
      v = input(x, xAt + i * 4 + 3);
      d0 = w0.fma(v, d0);
      d1 = w1.fma(v, d1);
    }
    end(a0, y, yAt);
    end(a1, y, yAt + N);
    end(b0, y, yAt + TILE);
    end(b1, y, yAt + TILE + N);
    end(c0, y, yAt + 2 * TILE);
    end(c1, y, yAt + 2 * TILE + N);
    end(d0, y, yAt + 3 * TILE);
    end(d1, y, yAt + 3 * TILE + N);
  }

  /**
   * The sums of all groups first, then their scales: a loop that ends in stores of its own sums is not held up by the sums
   * before it.
   */
  static void scaledTiles(
      float[] tile, int tileAt, int groups, float[] scales, int scalesAt, float[] x, int xAt, float[] starts,
      int startsAt, float[] partial, float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      groupTile(tile, tileAt + g * Panels.GROUP * TILE, x, xAt + g * Panels.GROUP * 4, starts, startsAt + 4 * g, partial,
          g * 4 * TILE);
    }
    for (int i = 0; i < 4 * TILE; i += N) {
      scaled(partial, i, 4 * TILE, groups, scales, scalesAt + i % TILE, y, yAt + i);
    }
  }

  /** y += Σ over groups of scale × partial, for one vector. */
  private static void scaled(float[] partial, int at, int stride, int groups, float[] scales, int scalesAt, float[] y, int yAt) {
    FloatVector sum = floats(y, yAt);
    for (int g = 0; g < groups; g++) {
      sum = floats(partial, at + g * stride).fma(floats(scales, scalesAt + g * 4 * N), sum);
    }
    sum.intoArray(y, yAt);
  }

  /** Eight sums, four rows by two vectors, keep two multipliers of four steps' latency busy. */
  private static void groupTile(
      float[] tile, int tileAt, float[] x, int xAt, float[] starts, int startsAt, float[] partial, int at) {
    FloatVector a0 = input(starts, startsAt);
    FloatVector a1 = a0;
    FloatVector b0 = input(starts, startsAt + 1);
    FloatVector b1 = b0;
    FloatVector c0 = input(starts, startsAt + 2);
    FloatVector c1 = c0;
    FloatVector d0 = input(starts, startsAt + 3);
    FloatVector d1 = d0;
    for (int i = 0; i < Panels.GROUP; i++) {
      FloatVector w0 = floats(tile, tileAt + i * TILE);
      FloatVector w1 = floats(tile, tileAt + i * TILE + N);
      FloatVector v = input(x, xAt + i * 4);
      a0 = w0.fma(v, a0);
      a1 = w1.fma(v, a1);
      v = input(x, xAt + i * 4 + 1);
      b0 = w0.fma(v, b0);
      b1 = w1.fma(v, b1);
      v = input(x, xAt + i * 4 + 2);
      c0 = w0.fma(v, c0);
      c1 = w1.fma(v, c1);
      v = input(x, xAt + i * 4 + 3);
      d0 = w0.fma(v, d0);
      d1 = w1.fma(v, d1);
    }
    a0.intoArray(partial, at);
    a1.intoArray(partial, at + N);
    b0.intoArray(partial, at + TILE);
    b1.intoArray(partial, at + TILE + N);
    c0.intoArray(partial, at + 2 * TILE);
    c1.intoArray(partial, at + 2 * TILE + N);
    d0.intoArray(partial, at + 3 * TILE);
    d1.intoArray(partial, at + 3 * TILE + N);
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
