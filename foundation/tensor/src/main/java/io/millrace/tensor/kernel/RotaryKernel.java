// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.kernel;

import io.millrace.tensor.Tensors;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.pytorch.Tensor;

import java.lang.foreign.MemorySegment;

/**
 * From the joined projection to rotated queries and keys and to values, each laid out for attention, and back.
 *
 * <p>BF16, contiguous. A row of the projection holds the query heads, then the key heads, then the value heads of a
 * token. Queries become [sequences · groups, length · heads of a group, headDim], a token's heads one after another;
 * keys and values [sequences · groups, length, headDim]. Source: Su et al. 2021, in Hugging Face's layout.
 */
public final class RotaryKernel {
  private final int length;
  private final int groups;
  private final int heads;
  private final int headDim;
  private final float[] cosines;
  private final float[] sines;
  private final float scale;

  /**
   * The rotation of sequences of one length.
   *
   * @param length tokens of a sequence
   * @param groups key-value heads
   * @param heads query heads of a group
   * @param headDim with whole vectors in its half
   * @param cosines [at least length, headDim]; copied
   * @param sines of the same shape, copied; those of the first half negated
   * @param scale that queries are multiplied by
   */
  public RotaryKernel(int length, int groups, int heads, int headDim, Tensor cosines, Tensor sines, double scale) {
    this.length = length;
    this.groups = groups;
    this.heads = heads;
    this.headDim = headDim;
    this.cosines = Lanes.floats(Tensors.segment(cosines), length * headDim);
    this.sines = Lanes.floats(Tensors.segment(sines), length * headDim);
    this.scale = (float) scale;
  }

  /** Reads {@code joined}, [sequences · length, (groups · (heads + 2)) · headDim]. */
  public void forward(Tensor joined, Tensor queries, Tensor keys, Tensor values) {
    walk(joined, queries, keys, values, true);
  }

  /** Writes the gradient of {@code joined} from those of the others. */
  public void backward(Tensor joined, Tensor queries, Tensor keys, Tensor values) {
    walk(joined, queries, keys, values, false);
  }

  private void walk(Tensor joined, Tensor queries, Tensor keys, Tensor values, boolean forward) {
    MemorySegment all = Tensors.segment(joined);
    MemorySegment q = Tensors.segment(queries);
    MemorySegment k = Tensors.segment(keys);
    MemorySegment v = Tensors.segment(values);
    int width = groups * (heads + 2) * headDim;
    Rows.share((int) joined.size(0), (part, first, last) -> {
      for (int token = first; token < last; token++) {
        long sequence = token / length;
        int time = token % length;
        long row = (long) token * width;
        for (int group = 0; group < groups; group++) {
          long place = (sequence * groups + group) * length + time;
          // The key comes after its queries, through the same call, so that its loop is compiled into this one once.
          for (int head = 0; head <= heads; head++) {
            boolean key = head == heads;
            long from = row + (long) (key ? groups * heads + group : group * heads + head) * headDim;
            head(all, from, key ? k : q, (key ? place : place * heads + head) * headDim, time, key ? 1 : scale, forward);
          }
          long value = row + (long) (groups * (heads + 1) + group) * headDim;
          if (forward) {
            MemorySegment.copy(all, 2 * value, v, 2 * place * headDim, 2L * headDim);
          } else {
            MemorySegment.copy(v, 2 * place * headDim, all, 2 * value, 2L * headDim);
          }
        }
      }
    });
  }

  private void head(MemorySegment joined, long at, MemorySegment apart, long to, int time, float factor, boolean forward) {
    // The transpose of a rotation turns the other way.
    turn(forward ? joined : apart, forward ? at : to, forward ? apart : joined, forward ? to : at, time * headDim, factor,
        forward ? factor : -factor);
  }

  private void turn(MemorySegment from, long at, MemorySegment to, long place, int table, float factor, float sense) {
    int half = headDim / 2;
    for (int c = 0; c < half; c += Lanes.N) {
      FloatVector cosine = FloatVector.fromArray(Lanes.F, cosines, table + c).mul(factor);
      FloatVector sine = FloatVector.fromArray(Lanes.F, sines, table + half + c).mul(sense);
      FloatVector x = Lanes.load(from, at + c);
      FloatVector y = Lanes.load(from, at + half + c);
      Lanes.store(x.mul(cosine).sub(y.mul(sine)), to, place + c);
      Lanes.store(y.mul(cosine).add(x.mul(sine)), to, place + half + c);
    }
  }
}
