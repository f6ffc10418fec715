// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

/** The types of metadata values, in the order of their numbers in the file. */
public enum GgufKind {
  U8(1),
  I8(1),
  U16(2),
  I16(2),
  U32(4),
  I32(4),
  F32(4),
  BOOL(1),
  STRING(0),
  ARRAY(0),
  U64(8),
  I64(8),
  F64(8);

  private final int bytes;

  GgufKind(int bytes) {
    this.bytes = bytes;
  }

  /** Bytes of one value, 0 for those of variable size. */
  public int bytes() {
    return bytes;
  }

  /** Whether it is a whole number. */
  public boolean whole() {
    return switch (this) {
      case U8, I8, U16, I16, U32, I32, U64, I64 -> true;
      default -> false;
    };
  }
}
