// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.EncoderText;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Sequences side by side, padded to the longest.
 *
 * @param rows how many
 * @param length of the longest
 * @param tokens rows × length
 * @param types rows × length: what kind of place each token has
 * @param lengths of each row without padding
 */
record TextBatch(int rows, int length, int[] tokens, int[] types, long[] lengths) {
  /** Tokens of a batch that is only read, padding included: more falls out of the processor's caches. */
  private static final int READ_AT_ONCE = 4096;

  static TextBatch of(List<EncoderText> sequences, int pad) {
    int rows = sequences.size();
    int length = sequences.stream().mapToInt(EncoderText::length).max().orElse(1);
    int[] tokens = new int[rows * length];
    Arrays.fill(tokens, pad);
    int[] types = new int[rows * length];
    long[] lengths = new long[rows];
    for (int row = 0; row < rows; row++) {
      EncoderText sequence = sequences.get(row);
      System.arraycopy(sequence.tokens(), 0, tokens, row * length, sequence.length());
      System.arraycopy(sequence.types(), 0, types, row * length, sequence.length());
      lengths[row] = sequence.length();
    }
    return new TextBatch(rows, length, tokens, types, lengths);
  }

  /** The last hidden state of each row's first token, [rows, hiddenSize]. */
  Tensor firstStates(Encoder encoder) {
    return encoder.hidden(
        Tensors.of(tokens, rows, length), Tensors.of(types, rows, length), Tensors.of(lengths, rows)).select(1, 0);
  }

  /** Indices of sequences, alike ones together, in groups that can be read at once. */
  static List<List<Integer>> groups(List<EncoderText> sequences) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i++) {
      order.add(i);
    }
    order.sort(Comparator.comparingInt(i -> -sequences.get(i).length()));
    List<List<Integer>> groups = new ArrayList<>();
    for (int from = 0; from < order.size(); ) {
      int count = Math.max(1, READ_AT_ONCE / sequences.get(order.get(from)).length());
      int to = Math.min(order.size(), from + count);
      groups.add(order.subList(from, to));
      from = to;
    }
    return groups;
  }
}
