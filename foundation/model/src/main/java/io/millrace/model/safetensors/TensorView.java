// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A named tensor over memory that somebody else owns: row-major, little-endian; valid while its file is open.
 *
 * @param data exactly product(shape) × dtype bytes; not necessarily aligned
 * @throws IllegalArgumentException when the data's size is not that of the shape
 */
public record TensorView(String name, DType dtype, long[] shape, MemorySegment data) {
  private static final ValueLayout.OfShort LE_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat LE_FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble LE_DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** Checks that the data fits the shape. */
  public TensorView {
    shape = shape.clone();
    long expected = new TensorSpec(name, dtype, shape).byteSize();
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException("tensor " + name + ": " + dtype + Arrays.toString(shape) + " needs "
          + expected + " bytes, found " + data.byteSize());
    }
  }

  /** A view of an array of floats, which it shares. */
  public static TensorView ofFloats(String name, float[] values, long... shape) {
    return new TensorView(name, DType.F32, shape, MemorySegment.ofArray(values));
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** Name, type and shape. */
  public TensorSpec spec() {
    return new TensorSpec(name, dtype, shape);
  }

  /** Number of elements. */
  public long elements() {
    return data.byteSize() / dtype.bytes();
  }

  /**
   * Element i, row-major, as a float.
   *
   * @throws UnsupportedOperationException for types that are not F32, F64, F16, BF16 or I8
   */
  public float floatAt(long i) {
    return switch (dtype) {
      case F32 -> data.get(LE_FLOAT, i * 4);
      case F64 -> (float) data.get(LE_DOUBLE, i * 8);
      case F16 -> Float.float16ToFloat(data.get(LE_SHORT, i * 2));
      case BF16 -> Float.intBitsToFloat(data.get(LE_SHORT, i * 2) << 16);
      case I8 -> data.get(ValueLayout.JAVA_BYTE, i);
      default -> throw new UnsupportedOperationException("tensor " + name + ": cannot read " + dtype + " as float");
    };
  }

  /** All elements as floats, row-major. */
  public float[] toFloats() {
    float[] out = new float[Math.toIntExact(elements())];
    if (dtype == DType.F32) {
      MemorySegment.copy(data, LE_FLOAT, 0, out, 0, out.length);
      return out;
    }
    for (int i = 0; i < out.length; i++) {
      out[i] = floatAt(i);
    }
    return out;
  }

  /** Fails with tensor, expected and found shape unless the shape is the given one. */
  public TensorView requireShape(long... expected) {
    if (!Arrays.equals(shape, expected)) {
      throw new IllegalArgumentException("tensor " + name + ": expected shape " + Arrays.toString(expected)
          + ", found " + Arrays.toString(shape));
    }
    return this;
  }

  /** Two views are equal when they are the same memory under the same name. */
  @Override
  public boolean equals(Object o) {
    return o instanceof TensorView t && name.equals(t.name) && dtype == t.dtype && Arrays.equals(shape, t.shape)
        && data.equals(t.data);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return spec().toString();
  }
}
