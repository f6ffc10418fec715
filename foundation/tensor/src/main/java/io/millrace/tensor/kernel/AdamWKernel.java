// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;

/**
 * AdamW from a BF16 gradient on an F32 master and its moments, with the BF16 copy that computes written in the same
 * pass. All contiguous, of one size in whole vectors. Source: Loshchilov and Hutter 2019, algorithm 2.
 *
 * @param learningRate of this step
 * @param beta1 decay of the mean
 * @param beta2 decay of the mean square
 * @param epsilon added to the root
 * @param decay shrinking of the weight, times the learning rate
 * @param steps this one included
 * @param divisor what the gradient is divided by first
 */
public record AdamWKernel(
    double learningRate, double beta1, double beta2, double epsilon, double decay, long steps, double divisor) {
  private static final int CHUNK = 1 << 12;

  /** Changes one tensor. */
  public void step(Tensor master, Tensor mean, Tensor square, Tensor gradient, Tensor working) {
    MemorySegment w = Tensors.segment(master);
    MemorySegment m = Tensors.segment(mean);
    MemorySegment v = Tensors.segment(square);
    MemorySegment g = Tensors.segment(gradient);
    MemorySegment copy = Tensors.segment(working);
    long size = master.numel();
    Factors factors = new Factors(
        (float) (1 / divisor), (float) beta1, (float) (1 - beta1), (float) beta2, (float) (1 - beta2),
        (float) (1 - learningRate * decay), (float) (learningRate / (1 - Math.pow(beta1, steps))),
        (float) (1 / Math.sqrt(1 - Math.pow(beta2, steps))), (float) epsilon);
    Rows.share((int) ((size + CHUNK - 1) / CHUNK), (part, first, last) -> {
      for (int chunk = first; chunk < last; chunk++) {
        chunk(w, m, v, g, copy, (long) chunk * CHUNK, Math.min(size, (chunk + 1L) * CHUNK), factors);
      }
    });
  }

  private record Factors(float scale, float beta1, float rest1, float beta2, float rest2, float shrink, float rate,
      float correction, float epsilon) {}

  private static void chunk(MemorySegment w, MemorySegment m, MemorySegment v, MemorySegment g, MemorySegment copy,
      long from, long to, Factors f) {
    for (long i = from; i < to; i += Lanes.N) {
      FloatVector gradient = Lanes.load(g, i).mul(f.scale);
      FloatVector mean = floats(m, i).mul(f.beta1).add(gradient.mul(f.rest1));
      FloatVector square = floats(v, i).mul(f.beta2).add(gradient.mul(gradient).mul(f.rest2));
      mean.intoMemorySegment(m, i * 4, Lanes.LE);
      square.intoMemorySegment(v, i * 4, Lanes.LE);
      FloatVector root = square.sqrt().mul(f.correction).add(f.epsilon);
      FloatVector weight = floats(w, i).mul(f.shrink).sub(mean.div(root).mul(f.rate));
      weight.intoMemorySegment(w, i * 4, Lanes.LE);
      Lanes.store(weight, copy, i);
    }
  }

  private static FloatVector floats(MemorySegment memory, long element) {
    return FloatVector.fromMemorySegment(Lanes.F, memory, element * 4, Lanes.LE);
  }

  /** The sum of the squares of a BF16 tensor of whole vectors, contiguous. */
  public static double squares(Tensor gradient) {
    MemorySegment g = Tensors.segment(gradient);
    long size = gradient.numel();
    int chunks = (int) ((size + CHUNK - 1) / CHUNK);
    double[] sums = new double[chunks];
    Rows.share(chunks, (part, first, last) -> {
      for (int chunk = first; chunk < last; chunk++) {
        sums[chunk] = squares(g, (long) chunk * CHUNK, Math.min(size, (chunk + 1L) * CHUNK));
      }
    });
    double sum = 0;
    for (double some : sums) {
      sum += some; // in one order, whatever the threads did
    }
    return sum;
  }

  private static float squares(MemorySegment g, long from, long to) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (long i = from; i < to; i += Lanes.N) {
      FloatVector value = Lanes.load(g, i);
      sum = value.fma(value, sum);
    }
    return VectorMath.sum(sum);
  }
}
