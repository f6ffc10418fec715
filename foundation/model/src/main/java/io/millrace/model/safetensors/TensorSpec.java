// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.util.Arrays;

/**
 * A tensor's name, element type and shape, without its data.
 *
 * @throws IllegalArgumentException when a dimension is negative or the size does not fit a long
 */
public record TensorSpec(String name, DType dtype, long... shape) {

  /** Checks the shape. */
  public TensorSpec {
    shape = shape.clone();
    if (name.isEmpty() || name.equals(Header.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named '" + name + "'");
    }
    byteSize(name, dtype, shape);
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** Size of the data in bytes. */
  public long byteSize() {
    return byteSize(name, dtype, shape);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof TensorSpec t && name.equals(t.name) && dtype == t.dtype && Arrays.equals(shape, t.shape);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + dtype + Arrays.toString(shape);
  }

  private static long byteSize(String name, DType dtype, long[] shape) {
    long n = dtype.bytes();
    for (long d : shape) {
      if (d < 0) {
        throw new IllegalArgumentException("tensor " + name + ": negative dimension in " + Arrays.toString(shape));
      }
      try {
        n = Math.multiplyExact(n, d);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("tensor " + name + ": size of " + Arrays.toString(shape) + " overflows", e);
      }
    }
    return n;
  }
}
