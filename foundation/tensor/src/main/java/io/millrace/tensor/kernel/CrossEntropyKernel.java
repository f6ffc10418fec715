// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Cross-entropy of scores with labels, and its gradient written over the scores: no F32 copy of them exists, which is
 * what costs the most in a small model with a large vocabulary.
 */
public final class CrossEntropyKernel {
  /** The label of a row that does not count. */
  public static final long IGNORED = -100;

  private CrossEntropyKernel() {}

  /**
   * Overwrites scores with {@code (softmax - one at the label) · scale}.
   *
   * @param logits BF16, contiguous, [rows, vocabulary]
   * @param labels I64, contiguous, [rows]; a row whose label is {@link #IGNORED} has no loss and a gradient of 0
   * @return the sum of the rows' losses, in nats
   * @throws IllegalArgumentException when a label is outside the vocabulary
   */
  public static double gradient(Tensor logits, Tensor labels, double scale) {
    int rows = (int) logits.size(0);
    int vocabulary = (int) logits.size(1);
    MemorySegment scores = Tensors.segment(logits);
    MemorySegment wanted = Tensors.segment(labels);
    for (int row = 0; row < rows; row++) {
      long label = wanted.getAtIndex(ValueLayout.JAVA_LONG, row);
      if (label != IGNORED && (label < 0 || label >= vocabulary)) {
        throw new IllegalArgumentException("label " + label + " of row " + row + ": the vocabulary has " + vocabulary);
      }
    }
    double[] losses = new double[rows];
    Rows.share(rows, (part, first, last) -> {
      float[] scratch = new float[vocabulary];
      for (int row = first; row < last; row++) {
        long label = wanted.getAtIndex(ValueLayout.JAVA_LONG, row);
        if (label == IGNORED) {
          scores.asSlice(2L * row * vocabulary, 2L * vocabulary).fill((byte) 0);
          continue;
        }
        losses[row] = row(scores, (long) row * vocabulary, vocabulary, label, (float) scale, scratch);
      }
    });
    double sum = 0;
    for (double loss : losses) {
      sum += loss; // in one order, whatever the threads did
    }
    return sum;
  }

  private static double row(MemorySegment s, long at, int n, long label, float scale, float[] scratch) {
    float most = most(s, at, n);
    float total = exponentials(s, at, n, most, scratch);
    double loss = Math.log(total) + most - Lanes.at(s, at + label);
    float share = (float) Math.exp(-loss);
    write(s, at, n, scale / total, scratch);
    Lanes.put((share - 1) * scale, s, at + label);
    return loss;
  }

  private static float most(MemorySegment s, long at, int n) {
    FloatVector most = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
    int bound = n - n % Lanes.N;
    for (int c = 0; c < bound; c += Lanes.N) {
      most = most.max(Lanes.load(s, at + c));
    }
    float result = most.reduceLanes(VectorOperators.MAX);
    for (int c = bound; c < n; c++) {
      result = Math.max(result, Lanes.at(s, at + c));
    }
    return result;
  }

  /** Puts the powers into {@code scratch} and returns their sum. */
  private static float exponentials(MemorySegment s, long at, int n, float most, float[] scratch) {
    FloatVector total = FloatVector.zero(Lanes.F);
    int bound = n - n % Lanes.N;
    for (int c = 0; c < bound; c += Lanes.N) {
      FloatVector power = VectorMath.exp(Lanes.load(s, at + c).sub(most));
      power.intoArray(scratch, c);
      total = total.add(power);
    }
    float result = VectorMath.sum(total);
    for (int c = bound; c < n; c++) {
      scratch[c] = (float) Math.exp(Lanes.at(s, at + c) - most);
      result += scratch[c];
    }
    return result;
  }

  private static void write(MemorySegment s, long at, int n, float factor, float[] scratch) {
    int bound = n - n % Lanes.N;
    for (int c = 0; c < bound; c += Lanes.N) {
      Lanes.store(FloatVector.fromArray(Lanes.F, scratch, c).mul(factor), s, at + c);
    }
    for (int c = bound; c < n; c++) {
      Lanes.put(scratch[c] * factor, s, at + c);
    }
  }
}
