// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.Experts;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.kernel.Kernels;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
  void raggedRowsTakeTheFastPassAndLearnWhatAnExactPassLearns() {
    assumeTrue(Kernels.available());
    DecoderConfig shape = new DecoderConfig(32, 64, 128, 2, 4, 2, 32, 64, 10_000, 1e-5, true, 1, 2, -1);
    PackedBatch ragged = PackedExamples.build(List.of(EXAMPLES.subList(0, 2), EXAMPLES.subList(2, 4)));
    assertThat(ragged.length() % 16).isNotZero();
    try (Decoder exact = Decoder.random(shape, 3);
        Decoder fast = exact.as(DType.BF16);
        Scope scope = Scope.open()) {
      exact.weights().train(_ -> true);
      fast.weights().train(_ -> true);
      double loss = ragged.learn(exact).loss();
      assertThat(ragged.learn(fast).loss()).isCloseTo(loss, within(0.02 * loss));
      assertThat(fast.fusedPasses()).isEqualTo(1);
      assertThat(exact.fusedPasses()).isZero();
      for (String name : exact.weights().named().keySet()) {
        double[] wanted = Tensors.doubles(exact.weights().get(name).grad().to(DType.F64.torch()));
        double[] found = Tensors.doubles(fast.weights().get(name).grad().to(DType.F64.torch()));
        assertThat(cosine(wanted, found)).as(name).isGreaterThan(0.99);
      }
    }
  }

  @Test
  void rowsAreNotPaddedBeyondTheDecodersPositions() {
    DecoderConfig shape = new DecoderConfig(32, 64, 128, 2, 4, 2, 32, 18, 10_000, 1e-5, true, 1, 2, -1);
    Example whole = Example.of(new int[] {1, 5}, new int[16]);
    try (Decoder decoder = Decoder.random(shape, 3);
        Decoder working = decoder.as(DType.BF16);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      assertThat(PackedExamples.build(List.of(List.of(whole))).hidden(working, AuxiliaryLosses.none()).size(1)).isEqualTo(18);
    }
  }

  private static double cosine(double[] x, double[] y) {
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += x[i] * y[i];
      xx += x[i] * x[i];
      yy += y[i] * y[i];
    }
    return xx == 0 && yy == 0 ? 1 : xy / Math.sqrt(xx * yy);
  }

  @Test
  void readingPassesOfAMixtureDropNoTokensToBalanceItsExperts() {
    Experts tight = new Experts(4, 1, 96, 0, true, 1, Set.of(), 0.01, 0.001, 0.25);
    try (Decoder decoder = Decoder.random(Tiny.DECODER.as(DecoderFamily.MIXTRAL, tight), 3);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      SequenceBatch batch = SequenceBatch.of(EXAMPLES, 9);
      double[] reading = Tensors.doubles(batch.sums(batch.logProbs(decoder, AuxiliaryLosses.none())));
      double[] training = Tensors.doubles(batch.sums(batch.logProbs(decoder, new AuxiliaryLosses())));
      assertThat(training).isNotEqualTo(reading); // where experts are full, tokens are dropped
      assertThat(SequenceBatch.logProbs(decoder, EXAMPLES, 9, 4)).usingComparatorWithPrecision(1e-4).containsExactly(reading);
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
