// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How a tensor's elements are stored: the number formats of ggml that are written and read here, little-endian.
 *
 * <p>{@link #Q8_0} stores groups of 32 neighbours as one F16 scale and 32 signed bytes; a value is scale × byte.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public enum GgufType {
  /** Single precision. */
  F32(0, 0, 1, 4),
  /** Half precision. */
  F16(1, 1, 1, 2),
  /** Eight bits and a scale for each 32. */
  Q8_0(8, 7, 32, 34),
  /** The upper half of single precision. */
  BF16(30, 32, 1, 2);

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int id;
  private final int fileType;
  private final int group;
  private final int groupBytes;

  GgufType(int id, int fileType, int group, int groupBytes) {
    this.id = id;
    this.fileType = fileType;
    this.group = group;
    this.groupBytes = groupBytes;
  }

  /** Its number in a tensor's entry. */
  int id() {
    return id;
  }

  /** The value of {@code general.file_type} for a file whose matrices are mostly stored so. */
  int fileType() {
    return fileType;
  }

  /**
   * The type of that number.
   *
   * @throws IllegalArgumentException naming it and those that are known, if it is another
   */
  static GgufType ofId(int id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst().orElseThrow(
        () -> new IllegalArgumentException("tensor type " + id + ": only " + Arrays.toString(values()) + " are read"));
  }

  /** Whether rows of that many elements can be stored so. */
  public boolean takesRowsOf(long columns) {
    return columns % group == 0;
  }

  /** Bytes of that many elements, whole groups. */
  public long bytes(long elements) {
    return Math.multiplyExact(elements / group, (long) groupBytes);
  }

  /**
   * Stores elements.
   *
   * @param values whole groups
   * @param target takes {@code bytes(values.length)} bytes from its beginning
   * @throws IllegalArgumentException when a value is not finite or too large for the type
   */
  void encode(float[] values, MemorySegment target) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException("element " + i + " is " + values[i]);
      }
    }
    switch (this) {
      case F32 -> MemorySegment.copy(values, 0, target, FLOAT, 0, values.length);
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          target.set(SHORT, 2L * i, half(values[i], i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          target.set(SHORT, 2L * i, upperHalf(values[i]));
        }
      }
      case Q8_0 -> {
        for (int g = 0; g * group < values.length; g++) {
          encodeGroup(values, g * group, target, (long) g * groupBytes);
        }
      }
    }
  }

  private void encodeGroup(float[] values, int from, MemorySegment target, long at) {
    float largest = 0;
    for (int i = 0; i < group; i++) {
      largest = Math.max(largest, Math.abs(values[from + i]));
    }
    float scale = largest / 127;
    target.set(SHORT, at, half(scale, from));
    for (int i = 0; i < group; i++) {
      int q = scale == 0 ? 0 : Math.round(values[from + i] / scale);
      target.set(ValueLayout.JAVA_BYTE, at + 2 + i, (byte) Math.clamp(q, -127, 127));
    }
  }

  private static short half(float value, int index) {
    short bits = Float.floatToFloat16(value);
    if (!Float.isFinite(Float.float16ToFloat(bits))) {
      throw new IllegalArgumentException("element " + index + " is " + value + ", too large for F16: take BF16 or F32");
    }
    return bits;
  }

  /** Rounds to the nearest, to the even one of two that are as near. */
  private static short upperHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** The elements that are stored in whole groups in {@code source}. */
  float[] decode(MemorySegment source) {
    float[] values = new float[Math.toIntExact(source.byteSize() / groupBytes * group)];
    for (int i = 0; i < values.length; i++) {
      values[i] = switch (this) {
        case F32 -> source.get(FLOAT, 4L * i);
        case F16 -> Float.float16ToFloat(source.get(SHORT, 2L * i));
        case BF16 -> Float.intBitsToFloat(source.get(SHORT, 2L * i) << 16);
        case Q8_0 -> {
          long at = (long) (i / group) * groupBytes;
          yield Float.float16ToFloat(source.get(SHORT, at)) * source.get(ValueLayout.JAVA_BYTE, at + 2 + i % group);
        }
      };
    }
    return values;
  }
}
