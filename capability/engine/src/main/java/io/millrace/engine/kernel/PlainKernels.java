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

  private static float weight(PanelFormat format, int word, int column, float[] scales, int scaleAt) {
    float value = format.value(word, column);
    return format.scaled() ? value * scales[scaleAt] : value;
  }

  static void strip(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, int scalesAt, float[] x, int xAt,
      float[] starts, int startsAt, float[] sums, int sumsAt) {
    for (int g = 0; g < groups; g++) {
      long from = at + (long) g * Panels.GROUP / format.perWord() * STRIP;
      for (int r = 0; r < STRIP; r++) {
        float sum = format.scaled() ? starts[startsAt + g] : sums[sumsAt + r];
        for (int c = 0; c < Panels.GROUP; c++) {
          int word = words.getAtIndex(ValueLayout.JAVA_INT, from + (long) (c / format.perWord()) * STRIP + r);
          sum = Math.fma(format.field(word, c), x[xAt + g * Panels.GROUP + c], sum);
        }
        sums[sumsAt + r] = format.scaled() ? Math.fma(sum, scales[scalesAt + g * STRIP + r], sums[sumsAt + r]) : sum;
      }
    }
  }

  static void unpack(PanelFormat format, MemorySegment words, long at, int groups, float[] scales, int scalesAt, float[] tile) {
    for (int c = 0; c < groups * Panels.GROUP; c++) {
      for (int r = 0; r < STRIP; r++) {
        int word = words.getAtIndex(ValueLayout.JAVA_INT, at + (long) (c / format.perWord()) * STRIP + r);
        tile[c * STRIP + r] = weight(format, word, c, scales, scalesAt + c / Panels.GROUP * STRIP + r);
      }
    }
  }

  static void unpackHalves(
      PanelFormat format, MemorySegment words, long at, int groups, float[] scales, int scalesAt, int[] pairs) {
    for (int c = 0; c < groups * Panels.GROUP; c += 2) {
      for (int r = 0; r < STRIP; r++) {
        int word = words.getAtIndex(ValueLayout.JAVA_INT, at + (long) (c / format.perWord()) * STRIP + r);
        int scaleAt = scalesAt + c / Panels.GROUP * STRIP + r;
        int low = Float.floatToRawIntBits(weight(format, word, c, scales, scaleAt)) + 0x8000 >>> 16;
        int high = Float.floatToRawIntBits(weight(format, word, c + 1, scales, scaleAt)) + 0x8000 & 0xFFFF0000;
        pairs[c / 2 * STRIP + r] = low | high;
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
