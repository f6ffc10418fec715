// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * 32 values as one F16 scale and 32 half bytes; a value is scale × (half byte − 8). Byte i has the values i and i + 16,
 * the first in its lower half. The scale has the sign that lets the value farthest from 0 be step −8.
 */
final class Q4Block implements GgufBlock {
  static final int SIZE = 32;
  static final int BYTES = 18;

  @Override
  public void encode(float[] values, int from, MemorySegment target, long at) {
    float scale = GgufBlock.farthest(values, from, SIZE) / -8;
    GgufBlock.putHalf(target, at, scale, from);
    for (int i = 0; i < SIZE / 2; i++) {
      int low = GgufBlock.step(values[from + i], scale, -8, 7) + 8;
      int high = GgufBlock.step(values[from + i + SIZE / 2], scale, -8, 7) + 8;
      target.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) (low | high << 4));
    }
  }

  @Override
  public void decode(MemorySegment source, long at, float[] values, int from) {
    float scale = GgufBlock.half(source, at);
    for (int i = 0; i < SIZE / 2; i++) {
      int both = GgufBlock.unsigned(source, at + 2 + i);
      values[from + i] = scale * ((both & 15) - 8);
      values[from + i + SIZE / 2] = scale * ((both >> 4) - 8);
    }
  }
}
