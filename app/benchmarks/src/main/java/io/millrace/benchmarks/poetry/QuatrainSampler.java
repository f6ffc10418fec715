// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.poetry;

import io.millrace.core.document.VerseForm;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Lets a decoder write poems, many at once. */
final class QuatrainSampler {
  /** Seven characters and a mark, four times, and room to break the form. */
  private static final int LONGEST = 40;

  private QuatrainSampler() {}

  /**
   * Poems of one form.
   *
   * @param temperature that scores are divided by; below 1 keeps to what is likely
   */
  static List<String> write(Decoder decoder, CharacterVocabulary vocabulary, VerseForm form, int count, double temperature) {
    int[][] rows = new int[count][LONGEST + 1];
    boolean[] ended = new boolean[count];
    int[] lengths = new int[count];
    for (int[] row : rows) {
      row[0] = vocabulary.form(form);
    }
    for (int at = 1; at <= LONGEST; at++) {
      long[] next = next(decoder, rows, at, temperature);
      for (int row = 0; row < count; row++) {
        ended[row] |= next[row] == CharacterVocabulary.END;
        if (!ended[row]) {
          rows[row][at] = (int) next[row];
          lengths[row] = at;
        }
      }
    }
    List<String> poems = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      poems.add(vocabulary.decode(Arrays.copyOfRange(rows[row], 1, lengths[row] + 1)));
    }
    return poems;
  }

  private static long[] next(Decoder decoder, int[][] rows, int length, double temperature) {
    int[] tokens = new int[rows.length * length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, tokens, row * length, length);
    }
    try (Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor mask = decoder.mask(Tensors.of(new long[tokens.length], rows.length, length));
      Tensor last = decoder.hidden(Tensors.of(tokens, rows.length, length), mask).select(1, length - 1);
      Tensor chances = decoder.logits(last).div(new Scalar(temperature)).softmax(-1);
      return Tensors.longs(torch.multinomial(chances, 1));
    }
  }
}
