// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.array;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The passes with vectors; apart, so that it loads only where the Vector API is. */
final class VectorPasses {
  private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
  private static final int N = F.length();

  private VectorPasses() {}

  private static FloatVector at(float[] x, int at) {
    return FloatVector.fromArray(F, x, at);
  }

  static void gelu(float[] x, int at, int count, float[] bias, int biasAt) {
    for (int i = 0; i < count; i += N) {
      FloatVector v = at(x, at + i).add(at(bias, biasAt + i));
      FloatVector c = v.max(-PlainPasses.EDGE).min(PlainPasses.EDGE);
      FloatVector square = c.mul(c);
      FloatVector p = polynomial(square, PlainPasses.P);
      FloatVector q = polynomial(square, PlainPasses.Q);
      c.mul(p).div(q).add(0.5f).mul(v).intoArray(x, at + i);
    }
  }

  /** Six coefficients, written out: the compiler does not unroll loops of vectors. */
  private static FloatVector polynomial(FloatVector y, float[] c) {
    FloatVector sum = y.fma(FloatVector.broadcast(F, c[5]), FloatVector.broadcast(F, c[4]));
    sum = sum.fma(y, FloatVector.broadcast(F, c[3]));
    sum = sum.fma(y, FloatVector.broadcast(F, c[2]));
    sum = sum.fma(y, FloatVector.broadcast(F, c[1]));
    return sum.fma(y, FloatVector.broadcast(F, c[0]));
  }

  static void add(float[] x, int at, float[] y, int yAt, float[] bias, int count) {
    for (int i = 0; i < count; i += N) {
      at(x, at + i).add(at(y, yAt + i)).add(at(bias, i)).intoArray(x, at + i);
    }
  }

  static void normalise(float[] x, int at, float[] weight, float[] bias, float epsilon) {
    int width = weight.length;
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < width; i += N) {
      sum = sum.add(at(x, at + i));
    }
    float mean = VectorMath.sum(sum) / width;
    FloatVector squares = FloatVector.zero(F);
    for (int i = 0; i < width; i += N) {
      FloatVector centred = at(x, at + i).sub(mean);
      squares = centred.fma(centred, squares);
    }
    float inverse = (float) (1 / Math.sqrt(VectorMath.sum(squares) / width + epsilon));
    for (int i = 0; i < width; i += N) {
      at(x, at + i).sub(mean).mul(inverse).fma(at(weight, i), at(bias, i)).intoArray(x, at + i);
    }
  }

  static float softmax(float[] x, int at, int count, int width) {
    FloatVector most = FloatVector.broadcast(F, Float.NEGATIVE_INFINITY);
    int whole = count / N * N;
    for (int i = 0; i < whole; i += N) {
      most = most.max(at(x, at + i));
    }
    float max = most.reduceLanes(VectorOperators.MAX);
    for (int i = whole; i < count; i++) {
      max = Math.max(max, x[at + i]);
    }
    FloatVector sum = FloatVector.zero(F);
    for (int i = 0; i < whole; i += N) {
      FloatVector power = VectorMath.exp(at(x, at + i).sub(max));
      power.intoArray(x, at + i);
      sum = sum.add(power);
    }
    if (whole < count) {
      VectorMask<Float> within = F.indexInRange(0, count - whole);
      FloatVector power = FloatVector.zero(F).blend(VectorMath.exp(at(x, at + whole).sub(max)), within);
      power.intoArray(x, at + whole);
      sum = sum.add(power);
      whole += N;
    }
    for (int i = whole; i < width; i += N) {
      FloatVector.zero(F).intoArray(x, at + i);
    }
    return VectorMath.sum(sum);
  }
}
