// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * How neighbours in a row are stored together: a scale or two, and a few bits for each.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h">the layouts</a>
 */
sealed interface GgufBlock permits Q8Block, Q4Block, Q4KBlock, Q6KBlock {
  /** 16 bits, little-endian. */
  ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Stores the values from {@code from} on at {@code at}. All are finite. */
  void encode(float[] values, int from, MemorySegment target, long at);

  /** Reads the block at {@code at} into the values from {@code from} on. */
  void decode(MemorySegment source, long at, float[] values, int from);

  /**
   * Stores a scale in half precision and returns what was stored, so that steps are counted in what a reader will see.
   *
   * @param index of the block's first element, for the message
   * @throws IllegalArgumentException when it is too large
   */
  static float putHalf(MemorySegment target, long at, float value, int index) {
    short bits = Float.floatToFloat16(value);
    float stored = Float.float16ToFloat(bits);
    if (!Float.isFinite(stored)) {
      throw new IllegalArgumentException(
          "the scale of the elements from " + index + " on is " + value + ", too large for F16: take BF16 or F32");
    }
    target.set(SHORT, at, bits);
    return stored;
  }

  /** A scale in half precision. */
  static float half(MemorySegment source, long at) {
    return Float.float16ToFloat(source.get(SHORT, at));
  }

  /** Eight bits without sign. */
  static int unsigned(MemorySegment source, long at) {
    return source.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  /** The nearest of the steps {@code least} to {@code most}; the one for 0 where the step has no height. */
  static int step(float value, float height, int least, int most) {
    return height == 0 ? Math.clamp(0, least, most) : Math.clamp(Math.round(value / height), least, most);
  }

  /** The value farthest from 0, with its sign. */
  static float farthest(float[] values, int from, int count) {
    float farthest = 0;
    for (int i = from; i < from + count; i++) {
      farthest = Math.abs(values[i]) > Math.abs(farthest) ? values[i] : farthest;
    }
    return farthest;
  }
}
