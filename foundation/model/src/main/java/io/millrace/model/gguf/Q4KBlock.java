// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * 256 values in eight groups of 32; a value is scale × half byte − offset, both of its group, in six bits each times
 * one F16 of the block.
 *
 * <p>Layout: F16 of the scales, F16 of the offsets, 12 bytes of both in six bits, then for each two groups 32 bytes, the
 * first group in the lower halves. Of the six-bit numbers, those of the groups 0 to 3 are the low bits of bytes 0 to 3
 * (scales) and 4 to 7 (offsets); those of 4 to 7 have their four low bits in bytes 8 to 11, their two high ones on top
 * of the others'.
 *
 * <p>Scales span a group from its least value (0 if none is negative) to its greatest, unlike llama.cpp's, which are
 * searched for; the steps are as wide, the error is a little greater.
 */
final class Q4KBlock implements GgufBlock {
  static final int SIZE = 256;
  static final int BYTES = 144;
  private static final int GROUPS = 8;
  private static final int GROUP = SIZE / GROUPS;
  private static final int SIX_BITS = 4;
  private static final int STEPS = 16;

  @Override
  public void encode(float[] values, int from, MemorySegment target, long at) {
    float[] scales = new float[GROUPS];
    float[] offsets = new float[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      float least = 0;
      float greatest = 0;
      for (int i = from + g * GROUP; i < from + (g + 1) * GROUP; i++) {
        least = Math.min(least, values[i]);
        greatest = Math.max(greatest, values[i]);
      }
      scales[g] = (greatest - least) / 15;
      offsets[g] = -least;
    }
    float scaleUnit = GgufBlock.putHalf(target, at, GgufBlock.farthest(scales, 0, GROUPS) / 63, from);
    float offsetUnit = GgufBlock.putHalf(target, at + 2, GgufBlock.farthest(offsets, 0, GROUPS) / 63, from);
    int[] scale = new int[GROUPS];
    int[] offset = new int[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      scale[g] = GgufBlock.step(scales[g], scaleUnit, 0, 63);
      offset[g] = GgufBlock.step(offsets[g], offsetUnit, 0, 63);
    }
    putSixBits(scale, offset, target, at + SIX_BITS);
    for (int g = 0; g < GROUPS; g += 2) {
      for (int i = 0; i < GROUP; i++) {
        int first = from + g * GROUP + i;
        int low = GgufBlock.step(values[first] + offsetUnit * offset[g], scaleUnit * scale[g], 0, 15);
        int high = GgufBlock.step(values[first + GROUP] + offsetUnit * offset[g + 1], scaleUnit * scale[g + 1], 0, 15);
        target.set(ValueLayout.JAVA_BYTE, at + STEPS + g / 2 * GROUP + i, (byte) (low | high << 4));
      }
    }
  }

  private static void putSixBits(int[] scale, int[] offset, MemorySegment target, long at) {
    for (int g = 0; g < 4; g++) {
      target.set(ValueLayout.JAVA_BYTE, at + g, (byte) (scale[g] | scale[g + 4] >> 4 << 6));
      target.set(ValueLayout.JAVA_BYTE, at + 4 + g, (byte) (offset[g] | offset[g + 4] >> 4 << 6));
      target.set(ValueLayout.JAVA_BYTE, at + 8 + g, (byte) (scale[g + 4] & 15 | (offset[g + 4] & 15) << 4));
    }
  }

  @Override
  public void decode(MemorySegment source, long at, float[] values, int from) {
    float scaleUnit = GgufBlock.half(source, at);
    float offsetUnit = GgufBlock.half(source, at + 2);
    for (int g = 0; g < GROUPS; g++) {
      float scale = scaleUnit * scale(source, at + SIX_BITS, g);
      float offset = offsetUnit * offset(source, at + SIX_BITS, g);
      for (int i = 0; i < GROUP; i++) {
        int both = GgufBlock.unsigned(source, at + STEPS + g / 2 * GROUP + i);
        values[from + g * GROUP + i] = scale * (both >> g % 2 * 4 & 15) - offset;
      }
    }
  }

  private static int scale(MemorySegment source, long at, int g) {
    return g < 4 ? GgufBlock.unsigned(source, at + g) & 63
        : GgufBlock.unsigned(source, at + g + 4) & 15 | GgufBlock.unsigned(source, at + g - 4) >> 6 << 4;
  }

  private static int offset(MemorySegment source, long at, int g) {
    return g < 4 ? GgufBlock.unsigned(source, at + g + 4) & 63
        : GgufBlock.unsigned(source, at + g + 4) >> 4 | GgufBlock.unsigned(source, at + g) >> 6 << 4;
  }
}
