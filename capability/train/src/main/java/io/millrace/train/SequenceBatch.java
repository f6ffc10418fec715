// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.loss.TokenLogProbs;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Examples packed into rows, which remembers whose each learnt token is, so that numbers can be had by token or by
 * example. Examples in a row do not see each other.
 */
final class SequenceBatch {
  private final PackedBatch packed;
  private final long[] owners;
  private final long[] lasts;

  private SequenceBatch(PackedBatch packed, long[] owners, long[] lasts) {
    this.packed = packed;
    this.owners = owners;
    this.lasts = lasts;
  }

  /**
   * Packs examples.
   *
   * @param rowLength tokens of a row; longer examples get a row as long as they are
   */
  static SequenceBatch of(List<Example> examples, int rowLength) {
    int longest = examples.stream().mapToInt(Example::length).max().orElse(1);
    int length = Math.max(rowLength, longest);
    List<List<Integer>> rows = new ArrayList<>();
    List<Integer> free = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      int wanted = examples.get(i).length();
      int row = 0;
      while (row < free.size() && free.get(row) < wanted) {
        row++;
      }
      if (row == free.size()) {
        rows.add(new ArrayList<>());
        free.add(length);
      }
      rows.get(row).add(i);
      free.set(row, free.get(row) - wanted);
    }
    return pack(examples, rows, length - free.stream().mapToInt(i -> i).min().orElse(0));
  }

  private static SequenceBatch pack(List<Example> examples, List<List<Integer>> rows, int length) {
    PackedBatch.Builder batch = new PackedBatch.Builder(rows.size(), length);
    long[] owners = new long[examples.stream().mapToInt(Example::learntTokens).sum()];
    long[] lasts = new long[examples.size()];
    int labels = 0;
    for (int row = 0; row < rows.size(); row++) {
      int column = 0;
      for (int document = 0; document < rows.get(row).size(); document++) {
        int index = rows.get(row).get(document);
        int before = labels;
        labels += batch.example(row, column, document, examples.get(index));
        Arrays.fill(owners, before, labels, index);
        column += examples.get(index).length();
        lasts[index] = (long) row * length + column - 1;
      }
    }
    return new SequenceBatch(batch.build(), owners, lasts);
  }

  /**
   * The last hidden states, [rows, length, hiddenSize].
   *
   * @param auxiliary takes the decoder's own losses, which belong into the loss
   */
  Tensor hidden(Decoder decoder, AuxiliaryLosses auxiliary) {
    return packed.hidden(decoder, auxiliary);
  }

  /** The hidden states from which the learnt tokens are predicted, [learnt tokens, hiddenSize]. */
  Tensor beforeLearnt(Tensor hidden) {
    return select(hidden, packed.positions());
  }

  /** The hidden states at the last token of each example, [examples, hiddenSize]. */
  Tensor atEnds(Tensor hidden) {
    return select(hidden, lasts);
  }

  private static Tensor select(Tensor hidden, long[] places) {
    return hidden.reshape(-1, hidden.size(2)).index_select(0, Tensors.of(places, places.length));
  }

  /** Scores of the vocabulary at the learnt tokens, [learnt tokens, vocabulary], F32 or F64. */
  Tensor logits(Decoder decoder, Tensor hidden) {
    return exact(decoder.logits(beforeLearnt(hidden)));
  }

  /** The same number in at least F32, in which sums and logarithms are taken. */
  static Tensor exact(Tensor tensor) {
    return DType.of(tensor) == DType.F64 ? tensor : tensor.to(DType.F32.torch());
  }

  /** Log-probabilities of the learnt tokens, [learnt tokens], in nats; for {@code auxiliary} see {@link #hidden}. */
  Tensor logProbs(Decoder decoder, AuxiliaryLosses auxiliary) {
    return TokenLogProbs.of(logits(decoder, hidden(decoder, auxiliary)), labels());
  }

  /** Numbers of learnt tokens summed by example, [examples]. */
  Tensor sums(Tensor perToken) {
    return TokenLogProbs.sums(perToken, Tensors.of(owners, owners.length), lasts.length);
  }

  /** The learnt tokens, [learnt tokens] I64. */
  Tensor labels() {
    return Tensors.of(packed.labels(), packed.labels().length);
  }

  /** The example that each learnt token belongs to. */
  long[] owners() {
    return owners;
  }

  /** Numbers of learnt tokens that are given by example, in the order of this batch, [learnt tokens] F64. */
  Tensor perToken(List<double[]> byExample) {
    double[] values = new double[owners.length];
    int[] next = new int[lasts.length];
    for (int i = 0; i < owners.length; i++) {
      int owner = (int) owners[i];
      values[i] = byExample.get(owner)[next[owner]++];
    }
    return Tensors.of(values, values.length);
  }

  /** The opposite of {@link #perToken}: numbers of learnt tokens, by example. */
  List<double[]> byExample(Tensor perToken) {
    double[] values = Tensors.doubles(perToken);
    List<double[]> byExample = new ArrayList<>();
    int[] next = new int[lasts.length];
    for (long owner : owners) {
      next[(int) owner]++;
    }
    for (int count : next) {
      byExample.add(new double[count]);
    }
    Arrays.fill(next, 0);
    for (int i = 0; i < owners.length; i++) {
      int owner = (int) owners[i];
      byExample.get(owner)[next[owner]++] = values[i];
    }
    return byExample;
  }

  /**
   * Runs the backward pass of the mean {@code loss}, weighed by how many items it is the mean of, so that micro-batches
   * of one step add up to the mean over all their items.
   */
  TrainingLoop.Batch.Result backward(Tensor loss, double items) {
    loss.mul(new Scalar(items)).backward();
    return new TrainingLoop.Batch.Result(loss.item_double(), packed.tokens().length, items);
  }

  /**
   * The log-probability of each whole example under a decoder, without gradients.
   *
   * @param rows how many rows of {@code rowLength} tokens one pass has at most
   */
  static double[] logProbs(Decoder decoder, List<Example> examples, int rowLength, int rows) {
    double[] sums = new double[examples.size()];
    for (int from = 0; from < examples.size(); ) {
      int to = from + 1;
      int tokens = examples.get(from).length();
      while (to < examples.size() && tokens + examples.get(to).length() <= rowLength * rows) {
        tokens += examples.get(to++).length();
      }
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        SequenceBatch batch = of(examples.subList(from, to), rowLength);
        System.arraycopy(Tensors.doubles(batch.sums(batch.logProbs(decoder, AuxiliaryLosses.none()))), 0, sums, from, to - from);
      }
      from = to;
    }
    return sums;
  }
}
