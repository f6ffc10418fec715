// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;

/** Element-wise work with vectors; see {@link VectorKernels} on the size of methods. */
final class VectorElements {
  private static final int N = VectorLanes.N;

  // Each lane beside the one so far away.
  private static final VectorShuffle<Float> BY_8 = VectorShuffle.fromOp(VectorLanes.F, i -> (i ^ 8) % N);
  private static final VectorShuffle<Float> BY_4 = VectorShuffle.fromOp(VectorLanes.F, i -> i ^ 4);
  private static final VectorShuffle<Float> BY_2 = VectorShuffle.fromOp(VectorLanes.F, i -> i ^ 2);
  private static final VectorShuffle<Float> BY_1 = VectorShuffle.fromOp(VectorLanes.F, i -> i ^ 1);

  private VectorElements() {}

  private static FloatVector floats(float[] a, int at) {
    return FloatVector.fromArray(VectorLanes.F, a, at);
  }

  private static FloatVector fold(FloatVector v, VectorShuffle<Float> other) {
    return v.add(v.rearrange(other));
  }

  /** As {@link PlainElements#sum}. */
  private static float sum(FloatVector v) {
    FloatVector eight = N == 16 ? fold(v, BY_8) : v;
    return fold(fold(fold(eight, BY_4), BY_2), BY_1).lane(0);
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

  static void rotate(float[] x, int at, int half, float[] cos, float[] sin, int angles) {
    for (int d = 0; d < half; d += N) {
      FloatVector c = floats(cos, angles + d);
      FloatVector s = floats(sin, angles + d);
      FloatVector a = floats(x, at + d);
      FloatVector b = floats(x, at + half + d);
      a.mul(c).sub(b.mul(s)).intoArray(x, at + d);
      b.mul(c).add(a.mul(s)).intoArray(x, at + half + d);
    }
  }

  /** out = weight × x × inverse, to a multiple of N. */
  static void scaled(float[] x, int at, float[] weight, float inverse, float[] out, int outAt, int to) {
    for (int i = 0; i < to; i += N) {
      floats(weight, i).mul(floats(x, at + i).mul(inverse)).intoArray(out, outAt + i);
    }
  }

  /** As {@link PlainElements#half}, for a multiple of N. */
  static void halves(float[] x, int at, int count, short[] out, int outAt) {
    for (int i = 0; i < count; i += N) {
      IntVector bits = floats(x, at + i).reinterpretAsInts();
      IntVector even = bits.lanewise(VectorOperators.LSHR, 16).and(1);
      IntVector rounded = bits.add(0x7FFF).add(even).lanewise(VectorOperators.LSHR, 16);
      ((ShortVector) rounded.convertShape(VectorOperators.I2S, VectorLanes.S, 0)).intoArray(out, outAt + i);
    }
  }

  static void swiGlu(float[] gate, float[] up, int from, int to) {
    for (int i = from; i < to; i += N) {
      FloatVector g = floats(gate, i);
      g.div(exp(g.neg()).add(1f)).mul(floats(up, i)).intoArray(gate, i);
    }
  }

  static float max(float[] x, int at, int count) {
    FloatVector max = floats(x, at);
    for (int i = at + N; i < at + count; i += N) {
      max = max.max(floats(x, i));
    }
    return max.reduceLanes(VectorOperators.MAX);
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
