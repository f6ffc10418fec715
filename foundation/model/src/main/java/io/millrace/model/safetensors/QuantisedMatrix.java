// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;

/**
 * The plain reading of matrices that are stored in few bits, one weight at a time: the reference for kernels that read
 * them fast. Valid while its file is open.
 */
public sealed interface QuantisedMatrix {
  /** Number of rows. */
  int rows();

  /** Number of columns. */
  int columns();

  /** One weight. */
  float at(int row, int column);

  /** Weights of a row into {@code out}, from {@code outAt} on. */
  default void row(int row, float[] out, int outAt) {
    for (int c = 0; c < columns(); c++) {
      out[outAt + c] = at(row, c);
    }
  }

  /** All weights, row-major. */
  default float[] toFloats() {
    float[] all = new float[Math.multiplyExact(rows(), columns())];
    for (int r = 0; r < rows(); r++) {
      row(r, all, r * columns());
    }
    return all;
  }

  /**
   * The matrix of this name, if it is stored in few bits; empty if it is stored as floats.
   *
   * @throws IllegalArgumentException when there is none, or its scales are missing or do not fit
   */
  static Optional<QuantisedMatrix> find(TensorSource source, String name) {
    TensorView view = source.tensor(name);
    return switch (view.dtype()) {
      case I8 -> Optional.of(new Int8(view, scales(source, view)));
      case U8 -> Optional.of(new Int4(view, scales(source, view)));
      default -> Optional.empty();
    };
  }

  private static TensorView scales(TensorSource source, TensorView values) {
    if (values.shape().length != 2) {
      throw new IllegalArgumentException("tensor " + values.spec() + ": expected a matrix");
    }
    TensorView scales = source.tensor(GroupInt8.scaleName(values.name()));
    if (scales.dtype() != DType.BF16 && scales.dtype() != DType.F32) {
      throw new IllegalArgumentException("tensor " + scales.spec() + ": expected scales in BF16 or F32");
    }
    return scales;
  }

  /** See {@link GroupInt8}; a scale a group, or a scale a row. */
  record Int8(TensorView values, TensorView scales) implements QuantisedMatrix {
    /** Checks that values and scales fit. */
    public Int8 {
      int columns = (int) values.shape()[1];
      if (!Arrays.equals(scales.shape(), new long[] {values.shape()[0], 1})) {
        scales.requireShape(values.shape()[0], GroupInt8.groups(columns));
      }
    }

    @Override
    public int rows() {
      return (int) values.shape()[0];
    }

    @Override
    public int columns() {
      return (int) values.shape()[1];
    }

    @Override
    public float at(int row, int column) {
      long groups = scales.shape()[1];
      long group = groups == 1 ? 0 : column / GroupInt8.GROUP;
      return values.floatAt((long) row * columns() + column) * scales.floatAt(row * groups + group);
    }
  }

  /** See {@link GroupInt4}; how many columns there are is known by the scales. */
  record Int4(TensorView values, TensorView scales) implements QuantisedMatrix {
    /** Checks that values and scales fit. */
    public Int4 {
      if (scales.shape().length != 2 || scales.shape()[0] != values.shape()[0]) {
        throw new IllegalArgumentException(
            "tensor " + scales.spec() + ": expected scales for the " + values.shape()[0] + " rows of " + values.name());
      }
      values.requireShape(scales.shape()[0], GroupInt4.rowBytes(Math.toIntExact(scales.shape()[1] * GroupInt4.GROUP)));
    }

    @Override
    public int rows() {
      return (int) values.shape()[0];
    }

    @Override
    public int columns() {
      return (int) scales.shape()[1] * GroupInt4.GROUP;
    }

    @Override
    public float at(int row, int column) {
      MemorySegment packed = values.data();
      return GroupInt4.value(packed, row * values.shape()[1], column)
          * scales.floatAt(row * scales.shape()[1] + column / GroupInt4.GROUP);
    }
  }
}
