// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class SequenceBatchTest {
  private static final List<Example> EXAMPLES = List.of(
      Example.of(new int[] {1, 5, 9}, new int[] {7, 2}),
      Example.of(new int[] {1, 6}, new int[] {8, 8, 8, 8, 2}),
      new Example(new int[] {1, 10, 11, 12}, new boolean[] {true, false, true, true}),
      Example.of(new int[] {1}, new int[] {2}));

  @Test
  void packedExamplesHaveTheLogProbabilitiesThatTheyHaveAlone() {
    try (Decoder decoder = Decoder.random(Tiny.DECODER, 3);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      SequenceBatch batch = SequenceBatch.of(EXAMPLES, 9);
      double[] sums = Tensors.doubles(batch.sums(batch.logProbs(decoder, new AuxiliaryLosses())));
      for (int i = 0; i < EXAMPLES.size(); i++) {
        Example example = EXAMPLES.get(i);
        double alone = -FineTuning.loss(decoder, List.of(example)) * example.learntTokens();
        assertThat(sums[i]).isCloseTo(alone, within(1e-4));
      }
      assertThat(SequenceBatch.logProbs(decoder, EXAMPLES, 7, 1)).usingComparatorWithPrecision(1e-4).containsExactly(sums);
      // Rows of 9 hold 5 + 4 and 7 + 2 tokens.
      assertThat(batch.hidden(decoder, new AuxiliaryLosses()).size(0)).isEqualTo(2);
    }
  }

  @Test
  void theStateAtTheEndIsThatOfTheLastTokenOfEachExample() {
    try (Decoder decoder = Decoder.random(Tiny.DECODER, 3);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      SequenceBatch batch = SequenceBatch.of(EXAMPLES, 9);
      float[] ends = Tensors.floats(batch.atEnds(batch.hidden(decoder, new AuxiliaryLosses())));
      for (int i = 0; i < EXAMPLES.size(); i++) {
        int[] tokens = EXAMPLES.get(i).tokens();
        var hidden = decoder.hidden(Tensors.of(tokens, 1, tokens.length),
            decoder.mask(Tensors.of(new long[tokens.length], 1, tokens.length)));
        float[] last = Tensors.floats(hidden.select(1, tokens.length - 1));
        assertThat(java.util.Arrays.copyOfRange(ends, i * 48, i * 48 + 48)).usingComparatorWithPrecision(1e-4f)
            .containsExactly(last);
      }
    }
  }
}
