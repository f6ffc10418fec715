// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import io.millrace.tensor.array.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;

/**
 * The softmax of attention over the keys that a query sees, which are neighbours, and its gradient; both in place.
 *
 * <p>Scores are BF16 and contiguous, [sequences · groups, queries · heads of a group, keys], with whole vectors of keys.
 * A query's heads follow each other. Keys outside its range get 0, whatever was there.
 */
public final class CausalSoftmaxKernel {
  private final int[] starts;
  private final int length;
  private final int groups;
  private final int heads;

  /**
   * Softmax under one mask.
   *
   * @param starts the first key that each token sees, [sequences · length]; the last is the token itself
   * @param length tokens of a sequence
   * @param groups key-value heads
   * @param heads query heads of a group
   */
  public CausalSoftmaxKernel(int[] starts, int length, int groups, int heads) {
    this.starts = starts;
    this.length = length;
    this.groups = groups;
    this.heads = heads;
  }

  /** One row: where it is, and which keys it sees, {@code from} inclusive, {@code to} exclusive. */
  @FunctionalInterface
  private interface Row {
    void run(long at, int from, int to, float[] scratch);
  }

  private void rows(Tensor scores, int firstQuery, Row row) {
    int queries = (int) scores.size(1) / heads;
    int keys = (int) scores.size(2);
    int all = (int) (scores.size(0) * scores.size(1));
    Rows.share(all, (part, first, last) -> {
      float[] scratch = new float[keys];
      for (int r = first; r < last; r++) {
        int sequence = r / (queries * heads) / groups;
        int query = firstQuery + r / heads % queries;
        row.run((long) r * keys, starts[sequence * length + query], query + 1, scratch);
      }
    });
  }

  /**
   * Turns scores into shares.
   *
   * @param firstQuery the token that the first row belongs to
   */
  public void forward(Tensor scores, int firstQuery) {
    MemorySegment s = Tensors.segment(scores);
    int keys = (int) scores.size(2);
    rows(scores, firstQuery, (at, from, to, scratch) -> {
      float total = exponentials(s, at, from, to, most(s, at, from, to), scratch);
      clear(s, at, 0, from / Lanes.N * Lanes.N);
      shares(s, at, from, to, 1 / total, scratch);
      clear(s, at, (to + Lanes.N - 1) / Lanes.N * Lanes.N, keys);
    });
  }

  /**
   * Turns the gradients of shares into those of scores.
   *
   * @param shares as {@link #forward} left them
   * @param gradients of the same shape, changed in place
   */
  public void backward(Tensor shares, Tensor gradients, int firstQuery) {
    MemorySegment p = Tensors.segment(shares);
    MemorySegment g = Tensors.segment(gradients);
    int keys = (int) shares.size(2);
    rows(shares, firstQuery, (at, from, to, _) -> {
      float mean = dot(p, g, at, from, to);
      clear(g, at, 0, from / Lanes.N * Lanes.N);
      centre(p, g, at, from, to, mean);
      clear(g, at, (to + Lanes.N - 1) / Lanes.N * Lanes.N, keys);
    });
  }

  /** The lanes of the vector at {@code c} that are within the range. */
  private static VectorMask<Float> inside(int c, int from, int to) {
    VectorMask<Float> below = Lanes.F.indexInRange(c, to);
    return c >= from ? below : below.andNot(Lanes.F.indexInRange(c, from));
  }

  private static boolean whole(int c, int from, int to) {
    return c >= from && c + Lanes.N <= to;
  }

  private static FloatVector scores(MemorySegment s, long at, int c, int from, int to) {
    FloatVector v = Lanes.load(s, at + c);
    return whole(c, from, to) ? v
        : FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY).blend(v, inside(c, from, to));
  }

  private static float most(MemorySegment s, long at, int from, int to) {
    FloatVector most = FloatVector.broadcast(Lanes.F, Float.NEGATIVE_INFINITY);
    for (int c = from / Lanes.N * Lanes.N; c < to; c += Lanes.N) {
      most = most.max(scores(s, at, c, from, to));
    }
    return most.reduceLanes(VectorOperators.MAX);
  }

  /** Puts the powers into {@code scratch} and returns their sum. */
  private static float exponentials(MemorySegment s, long at, int from, int to, float most, float[] scratch) {
    FloatVector total = FloatVector.zero(Lanes.F);
    for (int c = from / Lanes.N * Lanes.N; c < to; c += Lanes.N) {
      FloatVector power = VectorMath.exp(Lanes.load(s, at + c).sub(most));
      if (!whole(c, from, to)) {
        power = FloatVector.zero(Lanes.F).blend(power, inside(c, from, to));
      }
      power.intoArray(scratch, c);
      total = total.add(power);
    }
    return VectorMath.sum(total);
  }

  private static void shares(MemorySegment s, long at, int from, int to, float factor, float[] scratch) {
    for (int c = from / Lanes.N * Lanes.N; c < to; c += Lanes.N) {
      Lanes.store(FloatVector.fromArray(Lanes.F, scratch, c).mul(factor), s, at + c);
    }
  }

  private static float dot(MemorySegment p, MemorySegment g, long at, int from, int to) {
    FloatVector sum = FloatVector.zero(Lanes.F);
    for (int c = from / Lanes.N * Lanes.N; c < to; c += Lanes.N) {
      sum = Lanes.load(p, at + c).fma(Lanes.load(g, at + c), sum); // shares outside the range are 0
    }
    return VectorMath.sum(sum);
  }

  private static void centre(MemorySegment p, MemorySegment g, long at, int from, int to, float mean) {
    for (int c = from / Lanes.N * Lanes.N; c < to; c += Lanes.N) {
      Lanes.store(Lanes.load(g, at + c).sub(mean).mul(Lanes.load(p, at + c)), g, at + c);
    }
  }

  private static void clear(MemorySegment s, long at, int from, int to) {
    if (to > from) {
      s.asSlice(2 * (at + from), 2L * (to - from)).fill((byte) 0);
    }
  }
}
