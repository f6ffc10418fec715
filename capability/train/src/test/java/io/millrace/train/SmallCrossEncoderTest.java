// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.model.encoder.Encoder;
import io.millrace.model.encoder.PackedCrossEncoder;
import io.millrace.model.encoder.PairLayout;
import io.millrace.model.encoder.PretrainedEncoder;
import io.millrace.model.encoder.SmallEncoder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.data.RelevantPair;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

class SmallCrossEncoderTest {
  private static final String WORDS = "embeddings.word_embeddings.weight";

  @TempDir Path folder;

  /** The same folder, read with libtorch as it was trained, and in Java as it serves: tokenizer, layout, encoder, pooler and head. */
  @ParameterizedTest
  @EnumSource(PairLayout.class)
  void isServedAsItWasTrained(PairLayout layout) throws Exception {
    List<RelevantPair> pairs =
        List.of(
            new RelevantPair("How wide is the sluice?", "The sluice is three feet wide.", List.of("The wheel is wide.", "Grain is milled.")),
            new RelevantPair("What turns the wheel?", "Water turns the wheel.", List.of("The wheel is of oak.", "A wheel has spokes.")),
            new RelevantPair("Who mills the grain?", "The miller mills grain.", List.of("Grain is sold.", "The mill is old.")));
    Optimisation steps = Optimisation.of(1e-3, Budget.ofSteps(6)).with(DType.F32);
    CrossEncoderTraining.Settings settings =
        new CrossEncoderTraining.Settings("small", 24, layout, 2, 2, 0, CrossEncoderTraining.Loss.LISTWISE, steps);
    EncoderBase base = new EncoderBase.Small(Language.ENGLISH, 2, 64, 96, 2, 24, layout.types());
    new CrossEncoderTraining(settings, RunControl.in(folder.resolve("work")))
        .run(base, pairs, HardNegatives.GIVEN, List.of(), folder.resolve("out"));

    List<String> texts =
        List.of(
            "", "The sluice is wide.", "Unlike the wheel, which water turns in spring, summer and autumn alike, the hand mill "
                + "at the back of the house is turned by whoever has nothing better to do, mostly the miller's children.");
    PackedCrossEncoder packed = PackedCrossEncoder.read(folder.resolve("out"));
    try (CrossEncoder trained = CrossEncoder.load(folder.resolve("out"), DType.F32)) {
      for (String query : List.of("Which mill is turned by the children of the miller, and when?", "sluice")) {
        assertThat(packed.scores(query, texts)).usingComparatorWithPrecision(1e-5).containsExactly(trained.score(query, texts));
      }
    }
    assertThat(packed.settings().layout()).isEqualTo(layout);
  }

  @Test
  void refusesALayoutWithMoreTypesThanTheEncoderEmbeds() {
    CrossEncoderTraining.Settings settings =
        new CrossEncoderTraining.Settings(
            "small", 24, PairLayout.MARKED, 2, 1, 0, CrossEncoderTraining.Loss.LISTWISE, Optimisation.of(1e-3, Budget.ofSteps(1)));
    List<RelevantPair> pairs = List.of(new RelevantPair("a", "b", List.of("c")), new RelevantPair("d", "e", List.of("f")));
    assertThatThrownBy(
            () ->
                new CrossEncoderTraining(settings, RunControl.in(folder.resolve("work")))
                    .run(new EncoderBase.Small(Language.ENGLISH, 1, 32, 32, 1, 24, 2), pairs, HardNegatives.GIVEN, List.of(), folder))
        .hasMessageContaining("MARKED has 4 types of tokens, the encoder embeds 2");
  }

  /** Of all projections to a width the principal components keep most; at full width they keep every distance. */
  @Test
  void aSmallEncoderKeepsWhatWordsDifferIn() throws Exception {
    try (Encoder large = PretrainedEncoder.load(Language.ENGLISH);
        Encoder whole = SmallEncoder.of(large, 1, 384, 32, 1, 8, 2, 1);
        Encoder small = SmallEncoder.of(large, 1, 96, 32, 1, 8, 2, 1);
        Scope _ = Scope.open();
        NoGrad _ = NoGrad.open()) {
      Tensor words = large.weights().get(WORDS);
      Tensor centred = words.sub(words.mean(new long[] {0}, true, new ScalarTypeOptional()));
      double all = centred.square().sum().item_double();
      assertThat(whole.weights().get(WORDS).square().sum().item_double()).isCloseTo(all, offset(1e-3 * all));
      double kept = small.weights().get(WORDS).square().sum().item_double() / all;
      double leading = centred.narrow(1, 0, 96).square().sum().item_double() / all;
      assertThat(kept).isGreaterThan(1.3 * leading).isLessThan(1);
      Tensor some = Tensors.of(new int[] {2000, 2500, 3000, 3500}, 4);
      Tensor a = whole.weights().get(WORDS).index_select(0, some);
      Tensor b = centred.index_select(0, some);
      double apart = a.matmul(a.t()).sub(b.matmul(b.t())).abs().max().item_double();
      assertThat(apart).isLessThan(1e-3 * b.matmul(b.t()).abs().max().item_double());
    }
  }
}
