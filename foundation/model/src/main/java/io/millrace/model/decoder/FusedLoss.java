// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.kernel.CrossEntropyKernel;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * The mean cross-entropy of a BF16 decoder whose gradient is computed with it, so that the scores of at most
 * {@link #ROWS} positions exist at a time, and never in F32.
 *
 * <p>To libtorch it is the sum of products of what is learnt with their gradients, taken as constants: a function that
 * has these gradients. Its value is then replaced by the loss.
 */
final class FusedLoss implements AutoCloseable {
  /** Positions at a time: 64 MiB of scores with a vocabulary of 8,192. */
  private static final int ROWS = 4096;

  private static final int STEP = 256;

  private final Buffers buffers = new Buffers();

  /** Positions of a loss, made up to a number that returns: libtorch prepares each new shape of a product anew. */
  private record Wanted(Tensor states, long[] labels) {
    static Wanted of(Tensor flat, long[] positions, long[] labels) {
      long[] everywhere = 4L * positions.length >= 3 * flat.size(0) ? everywhere(flat.size(0), positions, labels) : null;
      if (everywhere != null) {
        return new Wanted(flat, everywhere); // selecting would cost a copy
      }
      int length = (positions.length + STEP - 1) / STEP * STEP;
      long[] padded = Arrays.copyOf(labels, length);
      Arrays.fill(padded, labels.length, length, Decoder.IGNORED);
      return new Wanted(flat.index_select(0, Tensors.of(Arrays.copyOf(positions, length), length)), padded);
    }

    /** A label for each position; null when one is wanted twice. */
    private static long @Nullable [] everywhere(long all, long[] positions, long[] labels) {
      long[] everywhere = new long[(int) all];
      Arrays.fill(everywhere, Decoder.IGNORED);
      for (int i = 0; i < positions.length; i++) {
        if (everywhere[(int) positions[i]] != Decoder.IGNORED) {
          return null;
        }
        everywhere[(int) positions[i]] = labels[i];
      }
      return everywhere;
    }
  }

  /**
   * The loss, a scalar in F32.
   *
   * @param flat BF16 [tokens, hiddenSize], of libtorch's graph
   * @param head BF16 [vocabSize, hiddenSize]
   * @param positions I64 [n], rows of {@code flat}
   * @param targets I64 [n], the token to predict at each
   */
  Tensor of(Tensor flat, Tensor head, Tensor positions, Tensor targets) {
    Wanted chosen = Wanted.of(flat, Tensors.longs(positions), Tensors.longs(targets));
    Tensor wanted = chosen.states;
    Tensor labels = Tensors.of(chosen.labels, chosen.labels.length);
    long predicted = Arrays.stream(chosen.labels).filter(label -> label != Decoder.IGNORED).count();
    long n = wanted.size(0);
    double loss = 0;
    Tensor byHidden;
    Tensor byHead;
    try (NoGrad _ = NoGrad.open()) {
      Tensor states = wanted.detach().contiguous();
      byHidden = torch.empty_like(states);
      byHead = torch.empty_like(head.detach());
      for (long from = 0; from < n; from += ROWS) {
        try (Scope _ = Scope.open()) {
          long rows = Math.min(ROWS, n - from);
          Tensor some = states.narrow(0, from, rows);
          Tensor scores = buffers.get("scores", capacity(n), head.size(0)).narrow(0, 0, rows);
          torch.mm_out(scores, some, head.detach().t());
          loss += CrossEntropyKernel.gradient(scores, labels.narrow(0, from, rows), 1.0 / predicted);
          torch.mm_out(byHidden.narrow(0, from, rows), scores, head.detach());
          if (head.requires_grad()) {
            if (from == 0) {
              torch.mm_out(byHead, scores.t(), some);
            } else {
              byHead.add_(scores.t().matmul(some));
            }
          }
        }
      }
    }
    Tensor carrier = inner(wanted, byHidden);
    if (head.requires_grad()) {
      carrier = carrier.add(inner(head, byHead));
    }
    return carrier.sub(carrier.detach()).to(DType.F32.torch()).add(new Scalar(loss / predicted));
  }

  /** Rows of the buffer: a power of two, so that batches that differ a little share it. */
  private static long capacity(long rows) {
    return rows >= ROWS ? ROWS : Math.max(64, Long.highestOneBit(2 * rows - 1));
  }

  /** The sum of the products; libtorch's own dot product of BF16 vectors is ten times slower. */
  private static Tensor inner(Tensor learnt, Tensor gradient) {
    return learnt.mul(gradient).sum();
  }

  @Override
  public void close() {
    buffers.close();
  }
}
