// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.GroupInt8;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Weights of shape [rows, columns] off the heap, as they are stored, multiplied from the left.
 *
 * <p>Each product of a row and a vector is summed in the same order whatever the batch, so a sequence's numbers do not
 * depend on the sequences beside it.
 */
abstract sealed class Matrix permits F32Matrix, Bf16Matrix, Int8Matrix {
  private final String name;
  private final int rows;
  private final int columns;

  Matrix(String name, int rows, int columns) {
    this.name = name;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * The matrix of this name.
   *
   * @throws IllegalArgumentException when it is missing, or of another shape or type than expected
   */
  static Matrix load(TensorSource source, String name, int rows, int columns) {
    TensorView view = source.tensor(name).requireShape(rows, columns);
    return switch (view.dtype()) {
      case F32 -> new F32Matrix(name, rows, columns, view.data());
      case BF16 -> new Bf16Matrix(name, rows, columns, view.data());
      case I8 -> new Int8Matrix(name, rows, columns, view.data(), scales(source, name, rows, columns));
      default -> throw new IllegalArgumentException(
          "tensor " + name + ": expected F32, BF16 or I8, found " + view.dtype());
    };
  }

  /** Scales by group in F32, however they are stored: by group or by row, in BF16 or F32. */
  private static MemorySegment scales(TensorSource source, String name, int rows, int columns) {
    TensorView stored = source.tensor(GroupInt8.scaleName(name));
    int groups = GroupInt8.groups(columns);
    boolean byRow = Arrays.equals(stored.shape(), new long[] {rows, 1});
    if (!byRow) {
      stored.requireShape(rows, groups);
    }
    float[] scales = new float[rows * groups];
    for (int i = 0; i < scales.length; i++) {
      scales[i] = stored.floatAt(byRow ? i / groups : i);
    }
    return MemorySegment.ofArray(scales);
  }

  final String name() {
    return name;
  }

  final int rows() {
    return rows;
  }

  final int columns() {
    return columns;
  }

  /** One weight. */
  abstract float at(int row, int column);

  /** y[b × rows + r] = row r · x[b × columns …], for b below batch and r from {@code from} to {@code to}. */
  abstract void multiplyVector(float[] x, int batch, float[] y, int from, int to);

  /** The same in plain Java, the standard for the vector kernels and the way without them. */
  final void multiplyPlain(float[] x, int batch, float[] y, int from, int to) {
    for (int b = 0; b < batch; b++) {
      for (int r = from; r < to; r++) {
        float sum = 0;
        for (int c = 0; c < columns; c++) {
          sum += at(r, c) * x[b * columns + c];
        }
        y[b * rows + r] = sum;
      }
    }
  }

  final void multiply(float[] x, int batch, float[] y, int from, int to) {
    if (Lanes.AVAILABLE) {
      multiplyVector(x, batch, y, from, to);
    } else {
      multiplyPlain(x, batch, y, from, to);
    }
  }

  /** Copies a row, as for an embedding. */
  final void copyRow(int row, float[] out, int outAt) {
    for (int c = 0; c < columns; c++) {
      out[outAt + c] = at(row, c);
    }
  }

  @Override
  public final String toString() {
    return name + Arrays.toString(new int[] {rows, columns}) + " " + getClass().getSimpleName();
  }
}
