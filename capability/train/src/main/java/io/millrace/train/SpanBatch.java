// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

import java.util.List;

/** Windows side by side, padded to the longest, as arrays: rows × length. */
record SpanBatch(int rows, int length, int[] tokens, int[] segments, long[] lengths, float[] forbidden) {

  static SpanBatch of(List<SpanTokenizer.Window> windows, int pad) {
    int length = windows.stream().mapToInt(window -> window.tokens().length).max().orElse(1);
    int rows = windows.size();
    int[] tokens = new int[rows * length];
    int[] segments = new int[rows * length];
    long[] lengths = new long[rows];
    float[] forbidden = new float[rows * length];
    for (int row = 0; row < rows; row++) {
      SpanTokenizer.Window window = windows.get(row);
      int count = window.tokens().length;
      lengths[row] = count;
      for (int i = 0; i < length; i++) {
        int at = row * length + i;
        tokens[at] = i < count ? window.tokens()[i] : pad;
        segments[at] = i >= window.first() && i < count ? 1 : 0;
        // An answer begins and ends within the passage, or at [CLS], which stands for "no answer".
        boolean inPassage = i >= window.first() && i < count - 1;
        forbidden[at] = i == 0 || inPassage ? 0 : -1e30f;
      }
    }
    return new SpanBatch(rows, length, tokens, segments, lengths, forbidden);
  }

  Tensor tokenTensor() {
    return Tensors.of(tokens, rows, length);
  }

  Tensor segmentTensor() {
    return Tensors.of(segments, rows, length);
  }

  Tensor lengthTensor() {
    return Tensors.of(lengths, rows);
  }

  /** [rows, length, 1]: 0 where an answer may begin or end, else a large negative number. */
  Tensor forbiddenTensor() {
    return Tensors.of(forbidden, rows, length, 1);
  }
}
