// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.gguf;

import java.util.Arrays;

/**
 * The entry of a tensor, without its data.
 *
 * @param name at most 64 bytes of UTF-8
 * @param type how its elements are stored
 * @param shape 1 to 4 dimensions, row-major as everywhere here; the file has them in the opposite order
 */
public record GgufTensor(String name, GgufType type, long... shape) {
  private static final int LONGEST_NAME = 64;
  private static final int MOST_DIMENSIONS = 4;

  /** Checks name and shape. */
  public GgufTensor {
    shape = shape.clone();
    if (name.isEmpty() || name.length() >= LONGEST_NAME) {
      throw new IllegalArgumentException("tensor name '" + name + "' must have 1 to " + (LONGEST_NAME - 1) + " characters");
    }
    if (shape.length < 1 || shape.length > MOST_DIMENSIONS || Arrays.stream(shape).anyMatch(size -> size < 1)) {
      throw new IllegalArgumentException(
          "tensor " + name + ": shape " + Arrays.toString(shape) + " must have 1 to 4 positive dimensions");
    }
    if (!type.takesRowsOf(shape[shape.length - 1])) {
      throw new IllegalArgumentException(
          "tensor " + name + ": rows of " + shape[shape.length - 1] + " elements cannot be stored as " + type);
    }
    type.bytes(elements(name, shape));
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** Number of elements. */
  public long elements() {
    return elements(name, shape);
  }

  /** Size of the data in bytes. */
  public long byteSize() {
    return type.bytes(elements());
  }

  private static long elements(String name, long[] shape) {
    long product = 1;
    for (long size : shape) {
      try {
        product = Math.multiplyExact(product, size);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("tensor " + name + ": size of " + Arrays.toString(shape) + " overflows", e);
      }
    }
    return product;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof GgufTensor t && name.equals(t.name) && type == t.type && Arrays.equals(shape, t.shape);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
