// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads the parts of a GGUF header one after another; past the end it throws {@link IndexOutOfBoundsException}. */
final class GgufCursor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment bytes;
  private long position;

  GgufCursor(MemorySegment bytes) {
    this.bytes = bytes;
  }

  long position() {
    return position;
  }

  private long advance(long by) {
    long at = position;
    position += by;
    return at;
  }

  int u32() {
    return bytes.get(INT, advance(4));
  }

  long u64() {
    return bytes.get(LONG, advance(8));
  }

  /** How many things follow, each of at least one byte; so a torn header cannot ask for more memory than the file has. */
  long count() {
    long count = u64();
    if (count < 0 || count > bytes.byteSize()) {
      throw new IllegalArgumentException("a count of " + Long.toUnsignedString(count) + " in " + bytes.byteSize() + " bytes");
    }
    return count;
  }

  String string() {
    long length = count();
    byte[] utf8 = bytes.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
    advance(length);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  GgufKind kind() {
    int number = u32();
    if (number < 0 || number >= GgufKind.values().length) {
      throw new IllegalArgumentException("a value of unknown type " + number);
    }
    return GgufKind.values()[number];
  }

  GgufValue value(GgufKind kind) {
    return switch (kind) {
      case BOOL -> new GgufValue.Flag(bytes.get(ValueLayout.JAVA_BYTE, advance(1)) != 0);
      case STRING -> new GgufValue.Text(string());
      case ARRAY -> {
        GgufKind element = kind();
        long size = count();
        List<GgufValue> values = new ArrayList<>();
        for (long i = 0; i < size; i++) {
          values.add(value(element));
        }
        yield new GgufValue.Sequence(element, values);
      }
      case F32 -> new GgufValue.Real(kind, Float.intBitsToFloat(u32()));
      case F64 -> new GgufValue.Real(kind, Double.longBitsToDouble(u64()));
      case U8 -> new GgufValue.Whole(kind, bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff);
      case I8 -> new GgufValue.Whole(kind, bytes.get(ValueLayout.JAVA_BYTE, advance(1)));
      case U16 -> new GgufValue.Whole(kind, bytes.get(SHORT, advance(2)) & 0xffff);
      case I16 -> new GgufValue.Whole(kind, bytes.get(SHORT, advance(2)));
      case U32 -> new GgufValue.Whole(kind, Integer.toUnsignedLong(u32()));
      case I32 -> new GgufValue.Whole(kind, u32());
      case U64, I64 -> new GgufValue.Whole(kind, u64());
    };
  }

  GgufTensor tensor() {
    String name = string();
    int dimensions = u32();
    if (dimensions < 1 || dimensions > 4) {
      throw new IllegalArgumentException("tensor " + name + ": " + dimensions + " dimensions");
    }
    long[] shape = new long[dimensions];
    for (int d = dimensions - 1; d >= 0; d--) {
      shape[d] = u64();
    }
    return new GgufTensor(name, GgufType.ofId(u32()), shape);
  }
}
