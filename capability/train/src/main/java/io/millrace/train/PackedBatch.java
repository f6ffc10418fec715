// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Rows of tokens in which several documents lie one after the other, and the tokens to predict.
 *
 * @param rows how many rows
 * @param length tokens of a row
 * @param tokens rows × length
 * @param documents rows × length: a number for each document, equal within one
 * @param positions places in {@code tokens} from which the next token is predicted
 * @param labels the token to predict at each of those
 */
record PackedBatch(int rows, int length, int[] tokens, long[] documents, long[] positions, long[] labels) {
  /** The number of padding, which is a document of its own. */
  private static final long PADDING = -1;

  /** The decoder's loss on this batch, in the open scope: of prediction alone, as it is measured. */
  Tensor loss(Decoder decoder) {
    return loss(decoder, AuxiliaryLosses.none());
  }

  /** Learns from this batch: the backward pass of its loss and of what the decoder's routers want beside it. */
  TrainingLoop.Batch.Result learn(Decoder decoder) {
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor loss = loss(decoder, auxiliary);
    return backward(auxiliary.addTo(loss));
  }

  private Tensor loss(Decoder decoder, AuxiliaryLosses auxiliary) {
    return decoder.loss(
        hidden(decoder, auxiliary), Tensors.of(positions, positions.length), Tensors.of(labels, labels.length));
  }

  /** The decoder's last hidden states, [rows, length, hiddenSize]. */
  Tensor hidden(Decoder decoder, AuxiliaryLosses auxiliary) {
    return decoder.hidden(
        Tensors.of(tokens, rows, length), decoder.mask(Tensors.of(documents, rows, length)), auxiliary);
  }

  /**
   * Runs the backward pass of the mean {@code loss}, weighed by how many tokens it predicts, so that micro-batches of
   * one step add up to the mean over all their tokens.
   */
  TrainingLoop.Batch.Result backward(Tensor loss) {
    loss.mul(new Scalar((double) labels.length)).backward();
    return new TrainingLoop.Batch.Result(loss.item_double(), tokens.length, labels.length);
  }

  /** Some of its rows, in their order. */
  PackedBatch rows(int from, int count) {
    int begin = from * length;
    int end = begin + count * length;
    int[] wanted = IntStream.range(0, positions.length)
        .filter(i -> positions[i] >= begin && positions[i] < end).toArray();
    return new PackedBatch(count, length, Arrays.copyOfRange(tokens, begin, end), Arrays.copyOfRange(documents, begin, end),
        Arrays.stream(wanted).mapToLong(i -> positions[i] - begin).toArray(),
        Arrays.stream(wanted).mapToLong(i -> labels[i]).toArray());
  }

  /** Fills a batch row by row. */
  static final class Builder {
    private final int length;
    private final int[] tokens;
    private final long[] documents;
    private final long[] positions;
    private final long[] labels;
    private int wanted;

    Builder(int rows, int length) {
      this.length = length;
      tokens = new int[rows * length];
      documents = new long[rows * length];
      Arrays.fill(documents, PADDING);
      positions = new long[rows * length];
      labels = new long[rows * length];
    }

    void token(int row, int column, int token, long document) {
      tokens[row * length + column] = token;
      documents[row * length + column] = document;
    }

    void predict(int row, int column, int label) {
      positions[wanted] = (long) row * length + column;
      labels[wanted++] = label;
    }

    /** Writes an example as a document of its own and returns how many of its tokens are to be predicted. */
    int example(int row, int column, long document, Example example) {
      int before = wanted;
      for (int i = 0; i < example.length(); i++) {
        token(row, column + i, example.tokens()[i], document);
        if (i > 0 && example.learnt()[i]) {
          predict(row, column + i - 1, example.tokens()[i]);
        }
      }
      return wanted - before;
    }

    PackedBatch build() {
      return new PackedBatch(
          tokens.length / length, length, tokens, documents,
          Arrays.copyOf(positions, wanted), Arrays.copyOf(labels, wanted));
    }
  }
}
