// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.model.safetensors.GroupInt8;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Weights in eight bits with a scale for each group of 32, see {@link GroupInt8}; activations stay floats. */
final class Int8Matrix extends Matrix {
  private static final int GROUP = GroupInt8.GROUP;
  private static final ValueLayout.OfFloat LE_FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment data;
  private final MemorySegment scales;
  private final int groups;

  Int8Matrix(String name, int rows, int columns, MemorySegment data, MemorySegment scales) {
    super(name, rows, columns);
    this.data = data;
    this.scales = scales;
    this.groups = GroupInt8.groups(columns);
  }

  @Override
  float at(int row, int column) {
    return data.get(ValueLayout.JAVA_BYTE, (long) row * columns() + column)
        * scales.get(LE_FLOAT, ((long) row * groups + column / GROUP) * 4);
  }

  @Override
  void multiplyVector(float[] x, int batch, float[] y, int from, int to) {
    int b = 0;
    for (; b + 4 <= batch; b += 4) {
      for (int r = from; r < to; r++) {
        Kernel.oneRow(this, x, b * columns(), y, b * rows(), r);
      }
    }
    for (; b < batch; b++) {
      int r = from;
      for (; r + 4 <= to; r += 4) {
        Kernel.fourRows(this, x, b * columns(), y, b * rows(), r);
      }
      for (; r < to; r++) {
        y[b * rows() + r] = Kernel.dot(this, x, b * columns(), r);
      }
    }
  }

  /** Apart, so that it loads only where the Vector API is; small methods, which the compiler treats reliably. */
  private static final class Kernel {
    /** Weights as floats, their scale applied: so the sum has the same terms in each of the kernels below. */
    private static FloatVector load(MemorySegment w, long at, FloatVector scale) {
      return ((FloatVector) ByteVector.fromMemorySegment(VectorLanes.B, w, at, VectorLanes.LE)
          .convertShape(VectorOperators.B2F, VectorLanes.F, 0)).mul(scale);
    }

    private static FloatVector scale(MemorySegment scales, long at) {
      return FloatVector.broadcast(VectorLanes.F, scales.get(LE_FLOAT, at * 4));
    }

    private static float tail(Int8Matrix m, float[] x, int xAt, int r) {
      float sum = 0;
      for (int c = m.columns() - m.columns() % GROUP; c < m.columns(); c++) {
        sum += m.at(r, c) * x[xAt + c];
      }
      return sum;
    }

    static float dot(Int8Matrix m, float[] x, int xAt, int r) {
      MemorySegment w = m.data;
      long row = (long) r * m.columns();
      long group = (long) r * m.groups;
      int bound = m.columns() - m.columns() % GROUP;
      FloatVector a = FloatVector.zero(VectorLanes.F);
      for (int g = 0; g < bound; g += GROUP, group++) {
        FloatVector s = scale(m.scales, group);
        for (int c = g; c < g + GROUP; c += VectorLanes.N) {
          a = load(w, row + c, s).fma(FloatVector.fromArray(VectorLanes.F, x, xAt + c), a);
        }
      }
      return VectorLanes.sum(a) + tail(m, x, xAt, r);
    }

    /** Four rows by one vector: four independent sums hide the latency of the additions. */
    static void fourRows(Int8Matrix m, float[] x, int xAt, float[] y, int yAt, int r) {
      MemorySegment w = m.data;
      MemorySegment scales = m.scales;
      int columns = m.columns();
      int groups = m.groups;
      long row = (long) r * columns;
      long group = (long) r * groups;
      int bound = columns - columns % GROUP;
      FloatVector a0 = FloatVector.zero(VectorLanes.F);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int g = 0; g < bound; g += GROUP, group++) {
        FloatVector s0 = scale(scales, group);
        FloatVector s1 = scale(scales, group + groups);
        FloatVector s2 = scale(scales, group + 2L * groups);
        FloatVector s3 = scale(scales, group + 3L * groups);
        for (int c = g; c < g + GROUP; c += VectorLanes.N) {
          FloatVector v = FloatVector.fromArray(VectorLanes.F, x, xAt + c);
          a0 = load(w, row + c, s0).fma(v, a0);
          a1 = load(w, row + columns + c, s1).fma(v, a1);
          a2 = load(w, row + 2L * columns + c, s2).fma(v, a2);
          a3 = load(w, row + 3L * columns + c, s3).fma(v, a3);
        }
      }
      y[yAt + r] = VectorLanes.sum(a0) + tail(m, x, xAt, r);
      y[yAt + r + 1] = VectorLanes.sum(a1) + tail(m, x, xAt, r + 1);
      y[yAt + r + 2] = VectorLanes.sum(a2) + tail(m, x, xAt, r + 2);
      y[yAt + r + 3] = VectorLanes.sum(a3) + tail(m, x, xAt, r + 3);
    }

    /** One row by four vectors: each weight is read and widened once. */
    static void oneRow(Int8Matrix m, float[] x, int xAt, float[] y, int yAt, int r) {
      MemorySegment w = m.data;
      int columns = m.columns();
      long row = (long) r * columns;
      long group = (long) r * m.groups;
      int x1 = xAt + columns;
      int x2 = x1 + columns;
      int x3 = x2 + columns;
      int bound = columns - columns % GROUP;
      FloatVector a0 = FloatVector.zero(VectorLanes.F);
      FloatVector a1 = a0;
      FloatVector a2 = a0;
      FloatVector a3 = a0;
      for (int g = 0; g < bound; g += GROUP, group++) {
        FloatVector s = scale(m.scales, group);
        for (int c = g; c < g + GROUP; c += VectorLanes.N) {
          FloatVector v = load(w, row + c, s);
          a0 = v.fma(FloatVector.fromArray(VectorLanes.F, x, xAt + c), a0);
          a1 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x1 + c), a1);
          a2 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x2 + c), a2);
          a3 = v.fma(FloatVector.fromArray(VectorLanes.F, x, x3 + c), a3);
        }
      }
      int rows = m.rows();
      y[yAt + r] = VectorLanes.sum(a0) + tail(m, x, xAt, r);
      y[yAt + rows + r] = VectorLanes.sum(a1) + tail(m, x, x1, r);
      y[yAt + 2 * rows + r] = VectorLanes.sum(a2) + tail(m, x, x2, r);
      y[yAt + 3 * rows + r] = VectorLanes.sum(a3) + tail(m, x, x3, r);
    }
  }
}
