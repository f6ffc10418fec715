// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** 32 values as one F16 scale and 32 signed bytes; a value is scale × byte. */
final class Q8Block implements GgufBlock {
  static final int SIZE = 32;
  static final int BYTES = 34;

  @Override
  public void encode(float[] values, int from, MemorySegment target, long at) {
    float scale = Math.abs(GgufBlock.farthest(values, from, SIZE)) / 127;
    GgufBlock.putHalf(target, at, scale, from);
    for (int i = 0; i < SIZE; i++) {
      target.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) GgufBlock.step(values[from + i], scale, -127, 127));
    }
  }

  @Override
  public void decode(MemorySegment source, long at, float[] values, int from) {
    float scale = GgufBlock.half(source, at);
    for (int i = 0; i < SIZE; i++) {
      values[from + i] = scale * source.get(ValueLayout.JAVA_BYTE, at + 2 + i);
    }
  }
}
