// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
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
    MemorySegment w = Tensors.segment(weight);
    MemorySegment to = Tensors.segment(out);
    Rows.share(rows, (part, first, last) -> {
      for (int row = first; row < last; row++) {
        long at = (long) row * width;
        if (more != null) {
          add(from, more, stream, at, width);
        }
        float factor = (float) (1 / Math.sqrt(squares(stream, at, width) / width + eps));
        factors[row] = factor;
        scale(stream, w, to, at, width, factor);
      }
    });
    return factors;
  }

  private static void add(MemorySegment x, MemorySegment y, MemorySegment sum, long at, int width) {
    for (int c = 0; c < width; c += Lanes.N) {
      Lanes.store(Lanes.load(x, at + c).add(Lanes.load(y, at + c)), sum, at + c);
    }
  }

  private static float squares(MemorySegment x, long at, int width) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = 0; c < width; c += Lanes.N) {
      FloatVector v = Lanes.load(x, at + c);
      sum = v.fma(v, sum);
    }
    return Lanes.sum(sum);
  }

  private static void scale(MemorySegment x, MemorySegment w, MemorySegment out, long at, int width, float factor) {
    for (int c = 0; c < width; c += Lanes.N) {
      Lanes.store(Lanes.load(x, at + c).mul(factor).mul(Lanes.load(w, c)), out, at + c);
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
    MemorySegment w = Tensors.segment(weight);
    MemorySegment past = stream == null ? null : Tensors.segment(stream);
    MemorySegment to = Tensors.segment(out);
    Rows.share(rows, (part, first, last) -> {
      for (int row = first; row < last; row++) {
        long at = (long) row * width;
        float factor = factors[row];
        // With n = x·factor: the gradient is factor · (g·w - n · mean(g·w·n)).
        float mean = weigh(g, input, w, sums[part], at, width, factor) * factor / width;
        if (past == null) {
          turn(g, input, w, to, at, width, factor, mean);
        } else {
          turnAndAdd(g, input, w, past, to, at, width, factor, mean);
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

  /** Adds g·n to the weight's gradient and returns the sum of g·w·x. */
  private static float weigh(
      MemorySegment g, MemorySegment x, MemorySegment w, float[] sums, long at, int width, float factor) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = 0; c < width; c += Lanes.N) {
      FloatVector gx = Lanes.load(g, at + c).mul(Lanes.load(x, at + c));
      sum = gx.fma(Lanes.load(w, c), sum);
      gx.mul(factor).add(FloatVector.fromArray(Lanes.F, sums, c)).intoArray(sums, c);
    }
    return Lanes.sum(sum);
  }

  private static FloatVector turned(
      MemorySegment g, MemorySegment x, MemorySegment w, long at, int c, float factor, float mean) {
    FloatVector n = Lanes.load(x, at + c).mul(factor);
    return Lanes.load(g, at + c).mul(Lanes.load(w, c)).sub(n.mul(mean)).mul(factor);
  }

  private static void turn(MemorySegment g, MemorySegment x, MemorySegment w, MemorySegment out, long at, int width,
      float factor, float mean) {
    for (int c = 0; c < width; c += Lanes.N) {
      Lanes.store(turned(g, x, w, at, c, factor, mean), out, at + c);
    }
  }

  private static void turnAndAdd(MemorySegment g, MemorySegment x, MemorySegment w, MemorySegment past,
      MemorySegment out, long at, int width, float factor, float mean) {
    for (int c = 0; c < width; c += Lanes.N) {
      Lanes.store(turned(g, x, w, at, c, factor, mean).add(Lanes.load(past, at + c)), out, at + c);
    }
  }
}
