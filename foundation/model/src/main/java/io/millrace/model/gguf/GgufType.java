// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;

/**
 * How a tensor's elements are stored: the number formats of ggml that are written and read here, little-endian.
 *
 * <p>The quantised ones store neighbours in a row together, as their {@link GgufBlock} says.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
public enum GgufType {
  /** Single precision. */
  F32(0, 0, 1, 4, null),
  /** Half precision. */
  F16(1, 1, 1, 2, null),
  /** Four bits and a scale for each 32. */
  Q4_0(2, 2, Q4Block.SIZE, Q4Block.BYTES, new Q4Block()),
  /** Eight bits and a scale for each 32. */
  Q8_0(8, 7, Q8Block.SIZE, Q8Block.BYTES, new Q8Block()),
  /** Four bits, a scale and an offset for each 32, in blocks of 256; as a file's type, llama.cpp's Q4_K_M. */
  Q4_K(12, 15, Q4KBlock.SIZE, Q4KBlock.BYTES, new Q4KBlock()),
  /** Six bits and a scale for each 16, in blocks of 256. */
  Q6_K(14, 18, Q6KBlock.SIZE, Q6KBlock.BYTES, new Q6KBlock()),
  /** The upper half of single precision. */
  BF16(30, 32, 1, 2, null);

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final int id;
  private final int fileType;
  private final int group;
  private final int groupBytes;
  private final @Nullable GgufBlock block;

  GgufType(int id, int fileType, int group, int groupBytes, @Nullable GgufBlock block) {
    this.id = id;
    this.fileType = fileType;
    this.group = group;
    this.groupBytes = groupBytes;
    this.block = block;
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
          target.set(GgufBlock.SHORT, 2L * i, half(values[i], i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          target.set(GgufBlock.SHORT, 2L * i, upperHalf(values[i]));
        }
      }
      case Q4_0, Q8_0, Q4_K, Q6_K -> {
        GgufBlock each = Objects.requireNonNull(block);
        for (int g = 0; g * group < values.length; g++) {
          each.encode(values, g * group, target, (long) g * groupBytes);
        }
      }
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
    if (block != null) {
      for (int g = 0; g * group < values.length; g++) {
        block.decode(source, (long) g * groupBytes, values, g * group);
      }
      return values;
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = switch (this) {
        case F16 -> Float.float16ToFloat(source.get(GgufBlock.SHORT, 2L * i));
        case BF16 -> Float.intBitsToFloat(source.get(GgufBlock.SHORT, 2L * i) << 16);
        default -> source.get(FLOAT, 4L * i);
      };
    }
    return values;
  }
}
