// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Element-wise work with vectors; see {@link VectorKernels} on the size of methods. */
final class VectorElements {
  private static final int N = VectorLanes.N;

  private VectorElements() {}

  private static FloatVector floats(float[] a, int at) {
    return FloatVector.fromArray(VectorLanes.F, a, at);
  }

  private static float sum(FloatVector v) {
    float[] lanes = new float[N];
    v.intoArray(lanes, 0);
    return PlainElements.sum(lanes);
  }

  static float squares(float[] x, int at, int size) {
    FloatVector sums = FloatVector.zero(VectorLanes.F);
    int bound = size / N * N;
    for (int i = 0; i < bound; i += N) {
      FloatVector v = floats(x, at + i);
      sums = v.fma(v, sums);
    }
    return PlainElements.tail(x, at, bound, size, sum(sums));
  }

  /** As {@link Exponential#of}. */
  private static FloatVector exp(FloatVector x) {
    FloatVector v = x.max(Exponential.LOWEST).min(Exponential.HIGHEST);
    FloatVector magic = v.fma(c(Exponential.LOG2_E), c(Exponential.MAGIC));
    FloatVector n = magic.sub(Exponential.MAGIC);
    FloatVector r = n.fma(c(-Exponential.LN2_LOW), n.fma(c(-Exponential.LN2_HIGH), v));
    FloatVector p = polynomial(r);
    return p.reinterpretAsInts().add(magic.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23)).reinterpretAsFloats();
  }

  private static FloatVector c(float value) {
    return FloatVector.broadcast(VectorLanes.F, value);
  }

  private static FloatVector polynomial(FloatVector r) {
    FloatVector p = c(Exponential.C5).fma(r, c(Exponential.C4));
    p = p.fma(r, c(Exponential.C3));
    p = p.fma(r, c(Exponential.C2));
    p = p.fma(r, c(Exponential.C1));
    p = p.fma(r, c(Exponential.C0));
    return p.fma(r.mul(r), r).add(1f);
  }

  static void swiGlu(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i += N) {
      FloatVector g = floats(gate, i);
      g.div(exp(g.neg()).add(1f)).mul(floats(up, i)).intoArray(gate, i);
    }
  }

  static float exponentials(float[] x, int at, int count, float max, float scale) {
    FloatVector sums = FloatVector.zero(VectorLanes.F);
    for (int i = at; i < at + count; i += N) {
      FloatVector e = exp(floats(x, i).sub(max).mul(scale));
      e.intoArray(x, i);
      sums = sums.add(e);
    }
    return sum(sums);
  }
}
