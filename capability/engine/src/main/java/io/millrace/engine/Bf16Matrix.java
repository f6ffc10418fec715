// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Weights in the upper 16 bits of a float. */
final class Bf16Matrix extends Matrix {
  private static final ValueLayout.OfShort LAYOUT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment data;

  Bf16Matrix(String name, int rows, int columns, MemorySegment data) {
    super(name, rows, columns);
    this.data = data;
  }

  private static float value(MemorySegment w, long element) {
    return Float.intBitsToFloat(w.get(LAYOUT, element * 2) << 16);
  }

  @Override
  float at(int row, int column) {
    return value(data, (long) row * columns() + column);
  }

  @Override
  void multiplyVector(float[] x, int batch, float[] y, int from, int to) {
    int b = 0;
    for (; b + 4 <= batch; b += 4) {
      for (int r = from; r < to; r++) {
        Kernel.oneRow(data, x, b * columns(), columns(), y, b * rows(), rows(), r);
      }
    }
    for (; b < batch; b++) {
      int r = from;
      for (; r + 4 <= to; r += 4) {
        Kernel.fourRows(data, x, b * columns(), columns(), y, b * rows(), r);
      }
      for (; r < to; r++) {
        y[b * rows() + r] = Kernel.dot(data, x, b * columns(), columns(), r);
      }
    }
  }

  /** Apart, so that it loads only where the Vector API is; small methods, which the compiler treats reliably. */
  private static final class Kernel {
    /** Sixteen or eight weights, widened by a shift. */
    private static FloatVector load(MemorySegment w, long element) {
      return ShortVector.fromMemorySegment(VectorLanes.S, w, element * 2, VectorLanes.LE)
          .convertShape(VectorOperators.ZERO_EXTEND_S2I, VectorLanes.I, 0)
          .reinterpretAsInts().lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static float tail(MemorySegment w, float[] x, int xAt, int columns, long row) {
      float sum = 0;
      for (int c = columns - columns % VectorLanes.N; c < columns; c++) {
        sum += value(w, row + c) * x[xAt + c];
      }
      return sum;
    }

    static float dot(MemorySegment w, float[] x, int xAt, int columns, int r) {
      long row = (long) r * columns;
      int bound = columns - columns % VectorLanes.N;
      FloatVector a = FloatVector.zero(VectorLanes.F);
      for (int c = 0; c < bound; c += VectorLanes.N) {
        a = load(w, row + c).fma(FloatVector.fromArray(VectorLanes.F, x, xAt + c), a);
      }
      return VectorLanes.sum(a) + tail(w, x, xAt, columns, row);
    }

    /** Four rows by one vector: four independent sums hide the latency of the additions. */
    static void fourRows(MemorySegment w, float[] x, int xAt, int columns, float[] y, int yAt, int r) {
      long row0 = (long) r * columns;
      long row1 = row0 + columns;
      long row2 = row1 + columns;
      long row3 = row2 + columns;
      int bound = columns - columns % VectorLanes.N;
      FloatVector a0 = FloatVector.zero(VectorLanes.F);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int c = 0; c < bound; c += VectorLanes.N) {
        FloatVector v = FloatVector.fromArray(VectorLanes.F, x, xAt + c);
        a0 = load(w, row0 + c).fma(v, a0);
        a1 = load(w, row1 + c).fma(v, a1);
        a2 = load(w, row2 + c).fma(v, a2);
        a3 = load(w, row3 + c).fma(v, a3);
      }
      y[yAt + r] = VectorLanes.sum(a0) + tail(w, x, xAt, columns, row0);
      y[yAt + r + 1] = VectorLanes.sum(a1) + tail(w, x, xAt, columns, row1);
      y[yAt + r + 2] = VectorLanes.sum(a2) + tail(w, x, xAt, columns, row2);
      y[yAt + r + 3] = VectorLanes.sum(a3) + tail(w, x, xAt, columns, row3);
    }

    /** One row by four vectors: each weight is read and widened once. */
    static void oneRow(
        MemorySegment w, float[] x, int xAt, int columns, float[] y, int yAt, int rows, int r) {
      long row = (long) r * columns;
      int x1 = xAt + columns;
      int x2 = x1 + columns;
      int x3 = x2 + columns;
      int bound = columns - columns % VectorLanes.N;
      FloatVector a0 = FloatVector.zero(VectorLanes.F);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int c = 0; c < bound; c += VectorLanes.N) {
        FloatVector v = load(w, row + c);
        a0 = v.fma(FloatVector.fromArray(VectorLanes.F, x, xAt + c), a0);
        a1 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x1 + c), a1);
        a2 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x2 + c), a2);
        a3 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x3 + c), a3);
      }
      y[yAt + r] = VectorLanes.sum(a0) + tail(w, x, xAt, columns, row);
      y[yAt + rows + r] = VectorLanes.sum(a1) + tail(w, x, x1, columns, row);
      y[yAt + 2 * rows + r] = VectorLanes.sum(a2) + tail(w, x, x2, columns, row);
      y[yAt + 3 * rows + r] = VectorLanes.sum(a3) + tail(w, x, x3, columns, row);
    }
  }
}
