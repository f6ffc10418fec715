// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Walks over the fields of one protobuf message without a schema.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">the encoding</a>
 */
final class Protobuf {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private final MemorySegment message;
  private long at;
  private int field;
  private long number;
  private MemorySegment bytes = MemorySegment.NULL;

  Protobuf(MemorySegment message) {
    this.message = message;
  }

  /** Goes to the next field; false at the end of the message. */
  boolean next() {
    if (at >= message.byteSize()) {
      return false;
    }
    long key = varint();
    field = (int) (key >>> 3);
    int type = (int) (key & 7);
    bytes = MemorySegment.NULL;
    switch (type) {
      case VARINT -> number = varint();
      case BYTES -> bytes = take(varint());
      case FIXED64 -> take(Long.BYTES);
      case FIXED32 -> take(Integer.BYTES);
      default -> throw new IllegalArgumentException("not an ONNX file: wire type " + type + " at byte " + at);
    }
    return true;
  }

  private MemorySegment take(long size) {
    if (size < 0 || size > message.byteSize() - at) {
      throw new IllegalArgumentException(
          "torn ONNX file: a field of %d bytes at byte %d of %d".formatted(size, at, message.byteSize()));
    }
    MemorySegment slice = message.asSlice(at, size);
    at += size;
    return slice;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= message.byteSize()) {
        throw new IllegalArgumentException("torn ONNX file: it ends within a number");
      }
      byte b = message.get(ValueLayout.JAVA_BYTE, at++);
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("not an ONNX file: a number of more than 64 bits at byte " + at);
  }

  int field() {
    return field;
  }

  /** The field's number; only for fields that hold one. */
  long number() {
    return number;
  }

  /** The field's content; only for strings, bytes and messages. */
  MemorySegment bytes() {
    return bytes;
  }

  String string() {
    return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
  }

  Protobuf message() {
    return new Protobuf(bytes);
  }

  /** The numbers of a repeated field, packed or not. */
  long[] numbers() {
    if (bytes.equals(MemorySegment.NULL)) {
      return new long[] {number};
    }
    Protobuf packed = new Protobuf(bytes);
    java.util.stream.LongStream.Builder values = java.util.stream.LongStream.builder();
    while (packed.at < bytes.byteSize()) {
      values.add(packed.varint());
    }
    return values.build().toArray();
  }
}
