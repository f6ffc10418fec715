// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * 256 values in sixteen groups of 16, six bits each; a value is unit × scale × (six bits − 32), the scale a signed byte
 * of its group, the unit one F16 of the block.
 *
 * <p>Layout: 128 bytes of the four low bits, 64 bytes of the two high ones, 16 scales, the unit. In each half of the
 * block, value 32·k + i (k from 0 to 3) has its low bits in byte i + 32·(k mod 2), the upper half of it if k is 2 or 3,
 * and its high bits at 2·k of byte i.
 */
final class Q6KBlock implements GgufBlock {
  static final int SIZE = 256;
  static final int BYTES = 210;
  private static final int GROUP = 16;
  private static final int GROUPS = SIZE / GROUP;
  private static final int HIGH = 128;
  private static final int SCALES = 192;
  private static final int UNIT = 208;

  @Override
  public void encode(float[] values, int from, MemorySegment target, long at) {
    float[] scales = new float[GROUPS];
    for (int g = 0; g < GROUPS; g++) {
      scales[g] = GgufBlock.farthest(values, from + g * GROUP, GROUP) / -32;
    }
    float unit = GgufBlock.putHalf(target, at + UNIT, GgufBlock.farthest(scales, 0, GROUPS) / -128, from);
    target.asSlice(at, SCALES).fill((byte) 0);
    for (int g = 0; g < GROUPS; g++) {
      int scale = GgufBlock.step(scales[g], unit, -128, 127);
      target.set(ValueLayout.JAVA_BYTE, at + SCALES + g, (byte) scale);
      for (int i = g * GROUP; i < (g + 1) * GROUP; i++) {
        int bits = GgufBlock.step(values[from + i], unit * scale, -32, 31) + 32;
        or(target, at + low(i), (bits & 15) << lowShift(i));
        or(target, at + high(i), bits >> 4 << highShift(i));
      }
    }
  }

  @Override
  public void decode(MemorySegment source, long at, float[] values, int from) {
    float unit = GgufBlock.half(source, at + UNIT);
    for (int i = 0; i < SIZE; i++) {
      int low = GgufBlock.unsigned(source, at + low(i)) >> lowShift(i) & 15;
      int high = GgufBlock.unsigned(source, at + high(i)) >> highShift(i) & 3;
      float scale = unit * source.get(ValueLayout.JAVA_BYTE, at + SCALES + i / GROUP);
      values[from + i] = scale * ((low | high << 4) - 32);
    }
  }

  private static void or(MemorySegment target, long at, int bits) {
    target.set(ValueLayout.JAVA_BYTE, at, (byte) (target.get(ValueLayout.JAVA_BYTE, at) | bits));
  }

  private static int low(int i) {
    return i / 128 * 64 + i % 64;
  }

  private static int lowShift(int i) {
    return i % 128 / 64 * 4;
  }

  private static int high(int i) {
    return HIGH + i / 128 * 32 + i % 32;
  }

  private static int highShift(int i) {
    return i % 128 / 32 * 2;
  }
}
