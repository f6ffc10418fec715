// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;

/**
 * RMSNorm with the residual addition before it, and its gradient with the one after it. All tensors are BF16,
 * contiguous, [rows, width] with whole vectors in the width. Source: Zhang and Sennrich 2019.
 */
public final class RmsNormKernel {
  private RmsNormKernel() {}

  /**
   * {@code out = (x + added) / rms(x + added) · weight}.
   *
   * @param added what a block adds to the stream, or null for nothing
   * @param sum takes {@code x + added}, rounded; null if nothing is added
   * @return what each row was multiplied by, [rows]
   */
  public static float[] forward(
      Tensor x, @Nullable Tensor added, @Nullable Tensor sum, Tensor weight, double eps, Tensor out) {
    int width = (int) weight.numel();
    int rows = (int) (x.numel() / width);
    float[] factors = new float[rows];
    MemorySegment from = Tensors.segment(x);
    MemorySegment more = added == null ? null : Tensors.segment(added);
    MemorySegment stream = sum == null ? from : Tensors.segment(sum);
    float[] w = Lanes.floats(Tensors.segment(weight), width);
    MemorySegment to = Tensors.segment(out);
    Rows.share(rows, (part, first, last) -> {
      float[] values = new float[width];
      for (int row = first; row < last; row++) {
        long at = (long) row * width;
        float squares = more == null ? squares(from, at, values) : squaresOfSum(from, more, stream, at, values);
        float factor = (float) (1 / Math.sqrt(squares / width + eps));
        factors[row] = factor;
        scale(values, w, to, at, factor);
      }
    });
    return factors;
  }

  /** Reads a row into {@code values} and returns the sum of its squares. */
  private static float squares(MemorySegment x, long at, float[] values) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = 0; c < values.length; c += Lanes.N) {
      FloatVector v = Lanes.load(x, at + c);
      v.intoArray(values, c);
      sum = v.fma(v, sum);
    }
    return VectorMath.sum(sum);
  }

  /** The same for the sum of two rows, which is written. */
  private static float squaresOfSum(MemorySegment x, MemorySegment y, MemorySegment to, long at, float[] values) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = 0; c < values.length; c += Lanes.N) {
      FloatVector v = Lanes.rounded(Lanes.load(x, at + c).add(Lanes.load(y, at + c)));
      Lanes.store(v, to, at + c);
      v.intoArray(values, c);
      sum = v.fma(v, sum);
    }
    return VectorMath.sum(sum);
  }

  private static void scale(float[] values, float[] w, MemorySegment out, long at, float factor) {
    for (int c = 0; c < values.length; c += Lanes.N) {
      FloatVector n = FloatVector.fromArray(Lanes.F, values, c).mul(factor);
      Lanes.store(n.mul(FloatVector.fromArray(Lanes.F, w, c)), out, at + c);
    }
  }

  /**
   * Adds the gradient at the input to {@code stream}, which holds the one that goes past the norm.
   *
   * @param gradient at the output
   * @param x the input
   * @param factors as {@link #forward} returned them
   * @param stream changed in place; null where nothing goes past
   * @param out takes the sum; may be {@code stream}
   * @return the gradient of the weight, [width]
   */
  public static float[] backward(
      Tensor gradient, Tensor x, Tensor weight, float[] factors, @Nullable Tensor stream, Tensor out) {
    int width = (int) weight.numel();
    int rows = factors.length;
    float[][] sums = new float[Rows.parts()][width];
    MemorySegment g = Tensors.segment(gradient);
    MemorySegment input = Tensors.segment(x);
    float[] w = Lanes.floats(Tensors.segment(weight), width);
    MemorySegment past = stream == null ? null : Tensors.segment(stream);
    MemorySegment to = Tensors.segment(out);
    Rows.share(rows, (part, first, last) -> {
      float[] normalised = new float[width];
      float[] weighed = new float[width];
      for (int row = first; row < last; row++) {
        long at = (long) row * width;
        float factor = factors[row];
        // With n = x·factor: the gradient is factor · (g·w - n · mean(g·w·n)).
        float mean = weigh(g, input, at, w, factor, normalised, weighed, sums[part]) / width;
        if (past == null) {
          turn(normalised, weighed, to, at, factor, mean);
        } else {
          turnAndAdd(normalised, weighed, past, to, at, factor, mean);
        }
      }
    });
    float[] total = sums[0];
    for (int part = 1; part < sums.length; part++) {
      for (int c = 0; c < width; c++) {
        total[c] += sums[part][c];
      }
    }
    return total;
  }

  /** Puts n and g·w into arrays, adds g·n to the weight's gradient and returns the sum of g·w·n. */
  private static float weigh(MemorySegment g, MemorySegment x, long at, float[] w, float factor, float[] normalised,
      float[] weighed, float[] sums) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = 0; c < w.length; c += Lanes.N) {
      FloatVector arrived = Lanes.load(g, at + c);
      FloatVector n = Lanes.load(x, at + c).mul(factor);
      n.intoArray(normalised, c);
      arrived.fma(n, FloatVector.fromArray(Lanes.F, sums, c)).intoArray(sums, c);
      FloatVector gw = arrived.mul(FloatVector.fromArray(Lanes.F, w, c));
      gw.intoArray(weighed, c);
      sum = gw.fma(n, sum);
    }
    return VectorMath.sum(sum);
  }

  private static FloatVector turned(float[] normalised, float[] weighed, int c, float factor, float mean) {
    FloatVector n = FloatVector.fromArray(Lanes.F, normalised, c);
    return FloatVector.fromArray(Lanes.F, weighed, c).sub(n.mul(mean)).mul(factor);
  }

  private static void turn(float[] normalised, float[] weighed, MemorySegment out, long at, float factor, float mean) {
    for (int c = 0; c < normalised.length; c += Lanes.N) {
      Lanes.store(turned(normalised, weighed, c, factor, mean), out, at + c);
    }
  }

  private static void turnAndAdd(float[] normalised, float[] weighed, MemorySegment past, MemorySegment out, long at,
      float factor, float mean) {
    for (int c = 0; c < normalised.length; c += Lanes.N) {
      Lanes.store(turned(normalised, weighed, c, factor, mean).add(Lanes.load(past, at + c)), out, at + c);
    }
  }
}
