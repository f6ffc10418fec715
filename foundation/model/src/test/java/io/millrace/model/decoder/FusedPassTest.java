// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** The hand-written pass in BF16 against libtorch's in F32 on the same, rounded, weights. */
class FusedPassTest {
  /** {@code byHand} is whether the pass was the hand-written one. */
  private record Step(boolean byHand, double loss, Map<String, double[]> gradients) {}

  private static DecoderConfig shape(int vocabulary, boolean tied) {
    return new DecoderConfig(vocabulary, 96, 160, 3, 6, 2, 64, 512, 10_000, 1e-5, tied, -1, 0, -1);
  }

  private static Decoder decoder(DecoderConfig config, DType dtype, Linears linears) {
    try (Decoder drawn = Decoder.random(config, 7); Weights rounded = drawn.weights().as(DType.BF16)) {
      // Norms away from one and larger matrices, so that no term is hidden by a small factor.
      try (Scope _ = Scope.open()) {
        rounded.named().forEach((name, tensor) -> {
          if (tensor.dim() == 1) {
            tensor.add_(torch.randn_like(tensor).mul(new Scalar(0.2)));
          } else {
            tensor.mul_(new Scalar(4));
          }
        });
      }
      Decoder decoder = new Decoder(config, rounded.as(dtype), linears, FeedForward.Factory.PLAIN);
      decoder.weights().train(_ -> true);
      return decoder;
    }
  }

  /** Documents of uneven lengths, so that what a query sees begins within vectors. */
  private static Tensor documents(int batch, int time) {
    long[] numbers = new long[batch * time];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i % time / (37 + 30 * (i / time));
    }
    return Tensors.of(numbers, batch, time);
  }

  private static Step step(Decoder decoder, int batch, int time, double weight) {
    return step(decoder, batch, time, weight, 1);
  }

  /** Only one position in {@code every} is predicted. */
  private static Step step(Decoder decoder, int batch, int time, double weight, int every) {
    int vocabulary = decoder.config().vocabSize();
    try (Scope _ = Scope.open()) {
      int[] tokens = new int[batch * time];
      long[] positions = new long[(batch * time - 3) / every];
      long[] labels = new long[positions.length];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = (i * 31 + i / 7) % vocabulary;
      }
      for (int i = 0; i < positions.length; i++) {
        positions[i] = (long) i * every;
        labels[i] = (i * 17 + 5) % vocabulary;
      }
      long before = decoder.fusedPasses();
      Tensor hidden = decoder.hidden(Tensors.of(tokens, batch, time), decoder.mask(documents(batch, time)));
      Tensor loss = decoder.loss(
          hidden, Tensors.of(positions, positions.length), Tensors.of(labels, labels.length));
      loss.mul(new Scalar(weight)).backward();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      decoder.weights().trained().forEach((name, tensor) -> gradients.put(name, Tensors.doubles(tensor.grad())));
      return new Step(decoder.fusedPasses() > before, loss.item_double(), gradients);
    }
  }

  private static void clear(Decoder decoder) {
    decoder.weights().trained().values().forEach(tensor -> tensor.mutable_grad().reset());
  }

  private static double error(double[] found, double[] expected) {
    double difference = 0;
    double square = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (found[i] - expected[i]) * (found[i] - expected[i]);
      square += expected[i] * expected[i];
    }
    return Math.sqrt(difference / square);
  }

  /** The same matrices, but as no factory of ours: the decoder then takes libtorch's way. */
  private static final Linears PLAIN_BUT_OTHER = (projection, weights) -> Linears.PLAIN.linear(projection, weights);

  private static void compare(DecoderConfig config, int batch, int time, int every) {
    compare(config, batch, time, every, true);
  }

  private static void compare(DecoderConfig config, int batch, int time, int every, boolean byHand) {
    try (Decoder exact = decoder(config, DType.F32, Linears.PLAIN);
        Decoder libtorch = decoder(config, DType.BF16, PLAIN_BUT_OTHER);
        Decoder fused = decoder(config, DType.BF16, Linears.PLAIN)) {
      Step expected = step(exact, batch, time, 3, every);
      Step usual = step(libtorch, batch, time, 3, every);
      Step found = step(fused, batch, time, 3, every);
      assertThat(found.byHand).isEqualTo(byHand);
      assertThat(usual.byHand).isFalse();
      assertThat(found.loss).isCloseTo(expected.loss, within(0.01));
      assertThat(Math.abs(found.loss - expected.loss)).isLessThan(Math.abs(usual.loss - expected.loss) + 2e-3);
      expected.gradients.forEach((name, gradient) -> {
        double theirs = error(usual.gradients.get(name), gradient);
        double ours = error(found.gradients.get(name), gradient);
        assertThat(ours).as(name + ", libtorch's error is " + theirs).isLessThan(0.05).isLessThan(1.25 * theirs + 1e-3);
      });
    }
  }

  @Test
  void isAsCloseToF32AsLibtorchInBf16Is() {
    compare(shape(512, true), 2, 128, 1);
  }

  @Test
  void soItIsInSeveralBlocksOfQueriesWithAVocabularyOfNoWholeVectorsAndAHeadOfItsOwn() {
    compare(shape(509, false), 1, 512, 1);
  }

  @Test
  void soItIsWhereOnlySomePositionsArePredicted() {
    compare(shape(512, true), 2, 128, 5);
  }

  @Test
  void soItIsWhereRowsFillNoWholeVectors() {
    compare(shape(512, true), 3, 119, 1);
    compare(shape(512, true), 1, 7, 1);
  }

  @Test
  void rowsAreNotMadeUpToALengthThatWouldTurnTheirPositionsByOtherAngles() {
    compare(shape(512, true).stretched(new RopeScaling.Dynamic(4, 119), 119), 2, 119, 1, false); // whole vectors nowhere
  }

  @Test
  void madeUpRowsGiveTheSameNumbersAsRowsOfWholeVectorsWhoseEndNobodyPredicts() {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN)) {
      int[] tokens = new int[64];
      Arrays.setAll(tokens, i -> i * 31 % 512);
      Map<Integer, double[]> gradients = new LinkedHashMap<>();
      for (int time : new int[] {53, 64}) {
        try (Scope _ = Scope.open()) {
          long[] alone = new long[time];
          Arrays.setAll(alone, i -> i < 53 ? 0 : i);
          Tensor hidden = decoder.hidden(
              Tensors.of(Arrays.copyOf(tokens, time), 1, time), decoder.mask(Tensors.of(alone, 1, time)));
          assertThat(hidden.shape()).containsExactly(1, time, 96);
          decoder.loss(hidden, Tensors.of(new long[] {3, 20, 52}, 3), Tensors.of(new long[] {7, 8, 9}, 3)).backward();
          gradients.put(time, Tensors.doubles(decoder.weights().get("model.layers.0.mlp.gate_up.weight").grad()));
        }
        clear(decoder);
      }
      assertThat(error(gradients.get(53), gradients.get(64))).isLessThan(1e-3);
    }
  }

  @Test
  void checkpointingGivesTheSameNumbersBitForBit() {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN)) {
      Step kept = step(decoder, 2, 128, 1);
      clear(decoder);
      Step again = step(decoder.checkpointing(true), 2, 128, 1);
      assertThat(kept.byHand).isTrue();
      assertThat(again.byHand).isTrue();
      assertThat(again.loss).isEqualTo(kept.loss);
      kept.gradients.forEach((name, gradient) -> assertThat(again.gradients.get(name)).as(name).isEqualTo(gradient));
    }
  }

  @Test
  void gradientsOfSeveralPassesAddUpAndMemoryLeftByOneDoesNotLeakIntoTheNext() {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN)) {
      Step first = step(decoder, 2, 128, 1);
      Step both = step(decoder, 2, 128, 1);
      first.gradients.forEach((name, gradient) -> {
        double[] doubled = gradient.clone();
        for (int i = 0; i < doubled.length; i++) {
          doubled[i] *= 2;
        }
        assertThat(error(both.gradients.get(name), doubled)).as(name).isLessThan(0.01);
      });
      clear(decoder);
      Step shorter = step(decoder, 1, 64, 1);
      clear(decoder);
      step(decoder, 2, 128, 1);
      clear(decoder);
      Step afterLonger = step(decoder, 1, 64, 1);
      shorter.gradients.forEach((name, gradient) -> assertThat(afterLonger.gradients.get(name)).as(name).isEqualTo(gradient));
    }
  }

  @Test
  void twoPassesBeforeOneBackwardDoNotShareMemory() {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN); Scope _ = Scope.open()) {
      Tensor tokens = Tensors.of(new int[64], 1, 64);
      Tensor others = Tensors.of(new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, 1, 16);
      Tensor one = decoder.hidden(tokens, decoder.mask(documents(1, 64)));
      Tensor before = one.detach().clone();
      Tensor two = decoder.hidden(others, decoder.mask(documents(1, 16)));
      assertThat(Tensors.floats(one)).isEqualTo(Tensors.floats(before));
      one.sum().add(two.sum()).backward();
      assertThat(decoder.weights().trained().values()).allSatisfy(tensor -> assertThat(tensor.grad().defined()).isTrue());
    }
  }

  @Test
  void aLongerSequenceThatIsReadMeanwhileDoesNotTakeTheRotationsAway() {
    Map<String, double[]> undisturbed = gradientsOfShortRows(false);
    gradientsOfShortRows(true).forEach((name, gradient) -> assertThat(gradient).as(name).isEqualTo(undisturbed.get(name)));
  }

  /** The gradients of the sum of a pass, during which a longer sequence is read or not. */
  private static Map<String, double[]> gradientsOfShortRows(boolean disturbed) {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN); Scope _ = Scope.open()) {
      int[] tokens = new int[512];
      Tensor hidden = decoder.hidden(Tensors.of(tokens, 8, 64), decoder.mask(documents(8, 64)));
      assertThat(decoder.fusedPasses()).isEqualTo(1);
      if (disturbed) {
        try (NoGrad _ = NoGrad.open()) {
          decoder.hidden(Tensors.of(tokens, 1, 512), decoder.mask(documents(1, 512)));
        }
      }
      hidden.sum().backward();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      decoder.weights().trained().forEach((name, tensor) -> gradients.put(name, Tensors.doubles(tensor.grad())));
      return gradients;
    }
  }

  @Test
  void anAbandonedPassLeavesItsMemoryToTheNext() {
    try (Decoder decoder = decoder(shape(512, true), DType.BF16, Linears.PLAIN)) {
      Step whole = step(decoder, 2, 128, 1);
      clear(decoder);
      try (Scope _ = Scope.open()) {
        decoder.hidden(Tensors.of(new int[256], 2, 128), decoder.mask(documents(2, 128)));
      }
      Step next = step(decoder, 2, 128, 1);
      assertThat(next.byHand).isTrue();
      whole.gradients.forEach((name, gradient) -> assertThat(next.gradients.get(name)).as(name).isEqualTo(gradient));
    }
  }
}
