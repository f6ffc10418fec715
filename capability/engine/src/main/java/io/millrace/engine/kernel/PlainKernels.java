// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import org.jspecify.annotations.Nullable;

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

  static void group(
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

  static void tile(
      float[] tile, int tileAt, int depth, float @Nullable [] scales, int scalesAt, float[] x, int xAt, float[] starts,
      int startsAt, float[] y, int yAt) {
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < Lanes.TILE; j++) {
        float sum = scales == null ? 0 : starts[startsAt + i];
        for (int c = 0; c < depth; c++) {
          sum = Math.fma(tile[tileAt + c * Lanes.TILE + j], x[xAt + c * 4 + i], sum);
        }
        int to = yAt + i * Lanes.TILE + j;
        y[to] = scales == null ? sum + y[to] : Math.fma(sum, scales[scalesAt + j], y[to]);
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
