// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.kernel.CausalSoftmaxKernel;
import io.millrace.tensor.kernel.RotaryKernel;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention from the joined projection to the heads' outputs, and its gradient, by hand.
 *
 * <p>Queries are taken {@link #BLOCK} tokens at a time, so that most products of a query with later keys, which nobody
 * looks at, are not made. Shapes: N sequences × groups, T tokens, h heads of a group, d width of a head.
 */
final class FusedAttention {
  /** Tokens of a block: fewer save more products, more make them faster. */
  static final int BLOCK = 256;

  private final RotaryKernel rotary;
  private final CausalSoftmaxKernel softmax;
  private final int length;
  private final int groups;
  private final int heads;
  private final int headDim;

  FusedAttention(RotaryKernel rotary, CausalSoftmaxKernel softmax, int length, int groups, int heads, int headDim) {
    this.rotary = rotary;
    this.softmax = softmax;
    this.length = length;
    this.groups = groups;
    this.heads = heads;
    this.headDim = headDim;
  }

  /**
   * Writes what each token attends to.
   *
   * @param joined [tokens, (groups · (heads + 2)) · headDim]
   * @param kept takes queries, keys, values and shares for the way back, under {@code name}
   * @return [tokens, groups · heads · headDim], in {@code kept}
   */
  Tensor forward(Tensor joined, Buffers kept, Buffers passing, String name) {
    long rows = joined.size(0) / length * groups;
    Tensor q = kept.get(name + "q", rows, (long) length * heads, headDim);
    Tensor k = kept.get(name + "k", rows, length, headDim);
    Tensor v = kept.get(name + "v", rows, length, headDim);
    rotary.forward(joined, q, k, v);
    Tensor apart = passing.get("apart", rows, (long) length * heads, headDim);
    for (int from = 0; from < length; from += BLOCK) {
      int to = Math.min(length, from + BLOCK);
      Tensor shares = shares(kept, name, rows, from, to);
      torch.bmm_out(shares, queries(q, from, to), k.narrow(1, 0, to).transpose(1, 2));
      softmax.forward(shares, from);
      if (to - from == length) {
        torch.bmm_out(apart, shares, v);
      } else {
        queries(apart, from, to).copy_(shares.bmm(v.narrow(1, 0, to)));
      }
    }
    Tensor out = kept.get(name + "o", joined.size(0), (long) groups * heads * headDim);
    swapped(out).copy_(byGroup(apart));
    return out;
  }

  /**
   * Overwrites {@code joined} with its gradient.
   *
   * @param gradient at the output
   */
  void backward(Tensor gradient, Tensor joined, Buffers kept, Buffers passing, String name) {
    long rows = joined.size(0) / length * groups;
    Tensor q = kept.get(name + "q", rows, (long) length * heads, headDim);
    Tensor k = kept.get(name + "k", rows, length, headDim);
    Tensor v = kept.get(name + "v", rows, length, headDim);
    Tensor apart = passing.get("apart", rows, (long) length * heads, headDim);
    byGroup(apart).copy_(swapped(gradient));
    Tensor dq = passing.get("dq", rows, (long) length * heads, headDim);
    Tensor dk = passing.get("dk", rows, length, headDim);
    Tensor dv = passing.get("dv", rows, length, headDim);
    // The last block sees all keys, so it writes all of their gradients, and the others add to them.
    int last = (length - 1) / BLOCK * BLOCK;
    for (int from = last; from >= 0; from -= BLOCK) {
      int to = Math.min(length, from + BLOCK);
      Tensor shares = shares(kept, name, rows, from, to);
      Tensor arrived = queries(apart, from, to);
      Tensor scores = passing.get("scores" + from, shares.shape());
      torch.bmm_out(scores, arrived, v.narrow(1, 0, to).transpose(1, 2));
      softmax.backward(shares, scores, from);
      add(dv, from == last, to, shares, arrived);
      add(dk, from == last, to, scores, queries(q, from, to));
      if (to - from == length) {
        torch.bmm_out(dq, scores, k);
      } else {
        queries(dq, from, to).copy_(scores.bmm(k.narrow(1, 0, to)));
      }
    }
    rotary.backward(joined, dq, dk, dv);
  }

  private static void add(Tensor sum, boolean first, int to, Tensor left, Tensor right) {
    if (first) {
      torch.bmm_out(sum, left.transpose(1, 2), right);
    } else {
      sum.narrow(1, 0, to).add_(left.transpose(1, 2).bmm(right));
    }
  }

  private Tensor shares(Buffers kept, String name, long rows, int from, int to) {
    return kept.get(name + "p" + from, rows, (long) (to - from) * heads, to);
  }

  private Tensor queries(Tensor all, int from, int to) {
    return to - from == length ? all : all.narrow(1, (long) from * heads, (long) (to - from) * heads);
  }

  /** [N, T · h, d] as [sequences, groups, T, h · d]. */
  private Tensor byGroup(Tensor apart) {
    return apart.view(-1, groups, length, (long) heads * headDim);
  }

  /** [tokens, groups · h · d] as [sequences, groups, T, h · d]. */
  private Tensor swapped(Tensor joined) {
    return joined.view(-1, length, groups, (long) heads * headDim).transpose(1, 2);
  }
}
