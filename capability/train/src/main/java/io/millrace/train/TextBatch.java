// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.encoder.Encoder;
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
 * @param segments rows × length: 0 for the first text, 1 for the second
 * @param lengths of each row without padding
 */
record TextBatch(int rows, int length, int[] tokens, int[] segments, long[] lengths) {
  /** Tokens of a batch that is only read, padding included: more falls out of the processor's caches. */
  private static final int READ_AT_ONCE = 4096;

  static TextBatch of(List<EncoderTokenizer.Sequence> sequences, int pad) {
    int rows = sequences.size();
    int length = sequences.stream().mapToInt(EncoderTokenizer.Sequence::length).max().orElse(1);
    int[] tokens = new int[rows * length];
    Arrays.fill(tokens, pad);
    int[] segments = new int[rows * length];
    long[] lengths = new long[rows];
    for (int row = 0; row < rows; row++) {
      EncoderTokenizer.Sequence sequence = sequences.get(row);
      System.arraycopy(sequence.tokens(), 0, tokens, row * length, sequence.length());
      Arrays.fill(segments, row * length + sequence.first(), row * length + sequence.length(), 1);
      lengths[row] = sequence.length();
    }
    return new TextBatch(rows, length, tokens, segments, lengths);
  }

  /** The last hidden state of each row's first token, [rows, hiddenSize]. */
  Tensor firstStates(Encoder encoder) {
    return encoder.hidden(
        Tensors.of(tokens, rows, length), Tensors.of(segments, rows, length), Tensors.of(lengths, rows)).select(1, 0);
  }

  /** Indices of sequences, alike ones together, in groups that can be read at once. */
  static List<List<Integer>> groups(List<EncoderTokenizer.Sequence> sequences) {
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
