// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The inner loops in plain Java: what the vector kernels are checked against, and the way without the Vector API. */
final class PlainKernels {
  private static final int STRIP = Panels.STRIP;

  private PlainKernels() {}

  static void scales(MemorySegment scales, long at, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = Float.intBitsToFloat(scales.getAtIndex(ValueLayout.JAVA_SHORT, at + i) << 16);
    }
  }

  /** A field as a number in place: times a power of two where the format has scales. */
  private static float field(PanelFormat format, int word, int column) {
    int mask = format.mask(column);
    return format.scaled() ? word & mask : Float.intBitsToFloat((word & mask) << Integer.numberOfLeadingZeros(mask));
  }

  static void strip(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, float[] x, int xAt, float[] starts,
      int startsAt, float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      group(format, words, at + (long) g * Panels.GROUP / format.perWord() * STRIP, scales, g * STRIP, x,
          xAt + g * Panels.GROUP * 4, starts[startsAt + 4 * g], y, yAt);
    }
  }

  private static void group(
      PanelFormat format, MemorySegment words, long at, float[] scales, int scalesAt, float[] x, int xAt,
      float start, float[] y, int yAt) {
    for (int r = 0; r < STRIP; r++) {
      float sum = start;
      for (int c = 0; c < Panels.GROUP; c++) {
        int word = words.getAtIndex(ValueLayout.JAVA_INT, at + (long) (c / format.perWord()) * STRIP + r);
        sum = Math.fma(field(format, word, c), x[xAt + 4 * c], sum);
      }
      y[yAt + r] = format.scaled() ? Math.fma(sum, scales[scalesAt + r], y[yAt + r]) : sum + y[yAt + r];
    }
  }

  static void unpack(PanelFormat format, MemorySegment words, long at, int count, float[] tile) {
    for (int i = 0; i < count * STRIP; i++) {
      int word = words.getAtIndex(ValueLayout.JAVA_INT, at + i);
      int lane = i % STRIP;
      int to = (lane / Lanes.TILE * Panels.TILE_COLUMNS + i / STRIP * format.perWord()) * Lanes.TILE + lane % Lanes.TILE;
      for (int k = 0; k < format.perWord(); k++) {
        tile[to + k * Lanes.TILE] = field(format, word, k);
      }
    }
  }

  static void tile(float[] tile, int tileAt, int depth, float[] x, int xAt, float[] y, int yAt) {
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < Lanes.TILE; j++) {
        y[yAt + i * Lanes.TILE + j] += sum(0, tile, tileAt + j, depth, x, xAt + i);
      }
    }
  }

  private static float sum(float start, float[] tile, int tileAt, int depth, float[] x, int xAt) {
    float sum = start;
    for (int c = 0; c < depth; c++) {
      sum = Math.fma(tile[tileAt + c * Lanes.TILE], x[xAt + c * 4], sum);
    }
    return sum;
  }

  static void scaledTiles(
      float[] tile, int tileAt, int groups, float[] scales, int scalesAt, float[] x, int xAt, float[] starts,
      int startsAt, float[] y, int yAt) {
    for (int g = 0; g < groups; g++) {
      for (int i = 0; i < 4; i++) {
        for (int j = 0; j < Lanes.TILE; j++) {
          int to = yAt + i * Lanes.TILE + j;
          float sum = sum(starts[startsAt + 4 * g + i], tile, tileAt + g * Panels.GROUP * Lanes.TILE + j, Panels.GROUP, x,
              xAt + g * Panels.GROUP * 4 + i);
          y[to] = Math.fma(sum, scales[scalesAt + g * STRIP + j], y[to]);
        }
      }
    }
  }

  static void widen(KvFormat format, MemorySegment memory, long at, int count, float[] out) {
    for (int i = 0; i < count; i++) {
      out[i] = switch (format) {
        case F32 -> memory.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at + 4L * i);
        case BF16 -> Float.intBitsToFloat(memory.get(ValueLayout.JAVA_SHORT_UNALIGNED, at + 2L * i) << 16);
        case INT8 -> memory.get(ValueLayout.JAVA_BYTE, at + i);
      };
    }
  }
}
