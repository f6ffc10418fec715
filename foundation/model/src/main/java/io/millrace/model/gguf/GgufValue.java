// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.util.Arrays;
import java.util.List;

/** A metadata value of a GGUF file. */
public sealed interface GgufValue {
  /** Its type in the file. */
  GgufKind kind();

  /** A whole number; one of 64 bits without sign is kept as the long of the same bits. */
  record Whole(GgufKind kind, long value) implements GgufValue {
    /** Checks that the kind is one of whole numbers and holds the value. */
    public Whole {
      if (!kind.whole() || !fits(kind, value)) {
        throw new IllegalArgumentException("the number " + value + " does not fit into " + kind);
      }
    }

    private static boolean fits(GgufKind kind, long value) {
      return switch (kind) {
        case U8 -> value >= 0 && value < 1 << 8;
        case I8 -> value == (byte) value;
        case U16 -> value >= 0 && value < 1 << 16;
        case I16 -> value == (short) value;
        case U32 -> value >= 0 && value < 1L << 32;
        case I32 -> value == (int) value;
        default -> true;
      };
    }
  }

  /** A fraction, F32 or F64. */
  record Real(GgufKind kind, double value) implements GgufValue {
    /** Checks the kind. */
    public Real {
      if (kind != GgufKind.F32 && kind != GgufKind.F64) {
        throw new IllegalArgumentException(kind + " is no kind of fraction");
      }
    }
  }

  /** True or false. */
  record Flag(boolean value) implements GgufValue {
    @Override
    public GgufKind kind() {
      return GgufKind.BOOL;
    }
  }

  /** A text. */
  record Text(String value) implements GgufValue {
    @Override
    public GgufKind kind() {
      return GgufKind.STRING;
    }
  }

  /** Several values of one kind. */
  record Sequence(GgufKind element, List<GgufValue> values) implements GgufValue {
    /** Checks that all are of that kind. */
    public Sequence {
      values = List.copyOf(values);
      for (GgufValue value : values) {
        if (value.kind() != element) {
          throw new IllegalArgumentException("a sequence of " + element + " cannot hold " + value);
        }
      }
    }

    @Override
    public GgufKind kind() {
      return GgufKind.ARRAY;
    }
  }

  /** A count, size or id. */
  static GgufValue count(long value) {
    return new Whole(GgufKind.U32, value);
  }

  /** A fraction in single precision. */
  static GgufValue real(double value) {
    return new Real(GgufKind.F32, (float) value);
  }

  /** A text. */
  static GgufValue text(String value) {
    return new Text(value);
  }

  /** True or false. */
  static GgufValue flag(boolean value) {
    return new Flag(value);
  }

  /** Several texts. */
  static GgufValue texts(List<String> values) {
    return new Sequence(GgufKind.STRING, values.stream().map(GgufValue::text).toList());
  }

  /** Several whole numbers of 32 bits. */
  static GgufValue wholes(int... values) {
    return new Sequence(
        GgufKind.I32, Arrays.stream(values).<GgufValue>mapToObj(value -> new Whole(GgufKind.I32, value)).toList());
  }

  /** Several fractions in single precision. */
  static GgufValue reals(double... values) {
    return new Sequence(GgufKind.F32, Arrays.stream(values).mapToObj(GgufValue::real).toList());
  }
}
