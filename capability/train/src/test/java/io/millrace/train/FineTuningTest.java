// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.kernel.Kernels;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class FineTuningTest {
  private static final DecoderConfig TINY =
      new DecoderConfig(32, 48, 96, 2, 4, 2, 12, 64, 10_000, 1e-5, true, 1, 2, -1);

  @TempDir private Path folder;

  /** The answer repeats the second token of the prompt twice, then ends. */
  private static List<Example> examples(int count, long seed) {
    Random random = new Random(seed);
    List<Example> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int key = 4 + random.nextInt(28);
      int[] prompt = new int[3 + random.nextInt(5)];
      java.util.Arrays.setAll(prompt, _ -> 4 + random.nextInt(28));
      prompt[0] = 1;
      prompt[1] = key;
      prompt[prompt.length - 1] = 3;
      examples.add(Example.of(prompt, new int[] {key, key, 2}));
    }
    return examples;
  }

  @Test
  void learnsAnswersFromABaseFolder() throws Exception {
    try (Decoder base = Decoder.random(TINY, 2)) {
      DecoderFolder.save(base, folder.resolve("base"), DType.F32);
    }
    FineTuning.Settings settings = new FineTuning.Settings(40, 8, Adaptation.WHOLE, new Optimisation(
        5e-3, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(250), AdamW.Settings.DECODER, 1, false, DType.BF16, 1));
    List<Example> training = examples(600, 1);
    training.add(Example.of(new int[60], new int[] {2}));
    FineTuning.Result result = new FineTuning(settings, RunControl.in(folder.resolve("run")))
        .run(folder.resolve("base"), training, examples(40, 2), folder.resolve("tuned"));

    assertThat(result.skipped()).isEqualTo(1);
    assertThat(result.lossAfter()).isNotNull().isLessThan(0.5);
    assertThat(result.lossBefore()).isNotNull().isGreaterThan(3);
    try (Decoder tuned = DecoderFolder.load(folder.resolve("tuned"))) {
      assertThat(FineTuning.loss(tuned, examples(40, 2))).isCloseTo(result.lossAfter(), within(0.05));
    }
  }

  @Test
  void anAdapterLearnsBesideAFrozenQuantisedDecoderAndIsMergedIntoTheResult() throws Exception {
    // A random decoder's features are too poor for a small adapter: it begins with one that has seen the task.
    Path base = Tiny.begun(folder.resolve("base"), 25);
    for (Quantisation frozen : Quantisation.values()) {
      FineTuning.Settings settings = new FineTuning.Settings(40, 8,
          new Adaptation.LowRank(Lora.ofRank(8), frozen), Tiny.steps(150, 1e-2));
      Path tuned = folder.resolve("tuned" + frozen);
      FineTuning.Result result = new FineTuning(settings, RunControl.in(folder.resolve("run" + frozen)))
          .run(base, examples(600, 1), examples(40, 2), tuned);
      assertThat(result.lossAfter()).isNotNull().isLessThan(result.lossBefore() - 0.5);
      try (Decoder merged = DecoderFolder.load(tuned)) {
        // The adapter learnt beside the quantised matrices and is merged into the exact ones.
        assertThat(FineTuning.loss(merged, examples(40, 2)))
            .isCloseTo(result.lossAfter(), within(frozen == Quantisation.NF4 ? 0.3 : 0.05));
      }
      assertThat(tuned.resolve("adapter/adapter_config.json")).exists();
    }
  }

  @Test
  void microBatchesAndRecomputedActivationsLearnTheSame() throws Exception {
    Path base = Tiny.base(folder.resolve("base"));
    Optimisation plain = Tiny.steps(6, 5e-3);
    Optimisation thrifty = new Optimisation(plain.learningRate(), plain.schedule(), plain.budget(), plain.method(), 4,
        true, plain.precision(), plain.seed());
    double[] losses = new double[2];
    for (int i = 0; i < 2; i++) {
      FineTuning.Settings settings =
          new FineTuning.Settings(40, i == 0 ? 8 : 2, Adaptation.WHOLE, i == 0 ? plain : thrifty);
      Double loss = new FineTuning(settings, RunControl.in(folder.resolve("run" + i)))
          .run(base, examples(400, 1), examples(40, 2), folder.resolve("tuned" + i)).lossAfter();
      assertThat(loss).isNotNull();
      losses[i] = loss;
    }
    assertThat(losses[1]).isCloseTo(losses[0], within(1e-4));
  }

  @Test
  void batchesOfUnevenExamplesTakeTheHandWrittenPass() {
    assumeTrue(Kernels.available(), "a processor whose vectors the kernels need");
    DecoderConfig shape = new DecoderConfig(32, 64, 96, 5, 2, 1, 32, 64, 10_000, 1e-5, true, 1, 2, -1);
    List<Example> uneven = examples(23, 1);
    try (Decoder drawn = Decoder.random(shape, 1); Decoder decoder = drawn.as(DType.BF16); Scope _ = Scope.open()) {
      decoder.weights().train(_ -> true);
      PackedBatch packed = new PackedExamples(uneven, 39, 8, 1).batch(0);
      assertThat(packed.length() % 16).isNotZero();
      Tensor hidden = decoder.hidden(Tensors.of(packed.tokens(), packed.rows(), packed.length()),
          decoder.mask(Tensors.of(packed.documents(), packed.rows(), packed.length())));
      assertThat(endsBehindOneOperation(hidden)).isTrue();
      hidden.sum().backward();
      SequenceBatch sequences = SequenceBatch.of(uneven, 39);
      assertThat(endsBehindOneOperation(sequences.hidden(decoder, new AuxiliaryLosses()))).isTrue();
    }
  }

  /** What the hand-written pass leaves to libtorch's graph: a leaf, and cutting the rows. */
  private static boolean endsBehindOneOperation(Tensor hidden) {
    return hidden.grad_fn().next_edge(0).function().name().getString().endsWith("AccumulateGrad");
  }

  @Test
  void onlyAnswersArePredicted() {
    Example first = Example.of(new int[] {10, 11, 12}, new int[] {20, 2});
    Example second = Example.of(new int[] {13}, new int[] {21, 22, 2});
    PackedBatch batch = PackedExamples.build(List.of(List.of(first, second)));
    assertThat(batch.positions()).containsExactly(2, 3, 5, 6, 7);
    assertThat(batch.labels()).containsExactly(20, 2, 21, 22, 2);
    assertThat(batch.documents()).containsExactly(0, 0, 0, 0, 0, 1, 1, 1, 1);

    // Independently: the loss equals the mean of -log p(answer token | all before) of each example alone.
    try (Decoder decoder = Decoder.random(TINY, 3);
        Scope scope = Scope.open();
        NoGrad noGrad = NoGrad.open()) {
      double sum = 0;
      for (Example example : List.of(first, second)) {
        int n = example.length();
        long[] tokens = new long[n];
        java.util.Arrays.setAll(tokens, i -> example.tokens()[i]);
        Tensor hidden = decoder.hidden(Tensors.of(tokens, 1, n), decoder.mask(Tensors.of(new long[n], 1, n)));
        float[] logits = Tensors.floats(decoder.logits(hidden));
        for (int i = 1; i < n; i++) {
          if (!example.learnt()[i]) {
            continue;
          }
          double normaliser = 0;
          for (int v = 0; v < 32; v++) {
            normaliser += Math.exp(logits[(i - 1) * 32 + v]);
          }
          sum += Math.log(normaliser) - logits[(i - 1) * 32 + (int) tokens[i]];
        }
      }
      assertThat(batch.loss(decoder).item_double()).isCloseTo(sum / 5, within(1e-5));
    }
  }

  @Test
  void whatThePromptWouldHavePredictedDoesNotReachTheGradient() {
    PackedBatch batch = PackedExamples.build(
        List.of(List.of(Example.of(new int[] {10, 11, 12}, new int[] {20, 2}))));
    float[] ours = gradient(decoder -> batch.loss(decoder));
    // Every place has a label; those of the prompt weigh 0, so their values must not matter.
    float[] weighted = gradient(decoder -> weighted(decoder, batch, new long[] {11, 12, 20, 2, 9}));
    float[] otherLabels = gradient(decoder -> weighted(decoder, batch, new long[] {5, 6, 20, 2, 7}));
    assertThat(otherLabels).isEqualTo(weighted);
    assertThat(ours).usingComparatorWithPrecision(1e-6f).containsExactly(weighted);
    assertThat(gradient(decoder -> weighted(decoder, batch, new long[] {11, 12, 21, 2, 9}))).isNotEqualTo(weighted);
  }

  private static Tensor weighted(Decoder decoder, PackedBatch batch, long[] labels) {
    Tensor hidden = decoder.hidden(
        Tensors.of(batch.tokens(), 1, 5), decoder.mask(Tensors.of(batch.documents(), 1, 5)));
    Tensor chosen = decoder.logits(hidden).log_softmax(-1).gather(2, Tensors.of(labels, 1, 5, 1)).view(5);
    return chosen.mul(Tensors.of(new float[] {0, 0, -0.5f, -0.5f, 0}, 5)).sum();
  }

  private static float[] gradient(Function<Decoder, Tensor> loss) {
    try (Decoder decoder = Decoder.random(TINY, 3);
        Scope scope = Scope.open()) {
      decoder.weights().train(_ -> true);
      loss.apply(decoder).backward();
      return Tensors.floats(decoder.weights().get("model.embed_tokens.weight").grad());
    }
  }

  @Test
  void everyExampleIsSeenOncePerEpoch() {
    List<Example> examples = new ArrayList<>();
    examples(50, 4).forEach(example -> examples.add(example.named("example " + examples.size())));
    PackedExamples rows = new PackedExamples(examples, 30, 1, 9);
    List<String> seen = new ArrayList<>();
    for (long row = 0; seen.size() < 100; row++) {
      seen.addAll(rows.documents(row));
    }
    assertThat(seen.subList(0, 50)).doesNotHaveDuplicates();
    assertThat(seen.subList(50, 100)).doesNotHaveDuplicates().isNotEqualTo(seen.subList(0, 50));
    // A resumed run, which asks for a later step first, gets the same batch.
    PackedBatch later = new PackedExamples(examples, 30, 3, 9).batch(40);
    PackedExamples fromTheBeginning = new PackedExamples(examples, 30, 3, 9);
    for (int step = 0; step < 40; step++) {
      fromTheBeginning.batch(step);
    }
    assertThat(fromTheBeginning.batch(40).tokens()).isEqualTo(later.tokens());
  }

  @Test
  void refusesExamplesOfWhichNoneFits() {
    assertThatThrownBy(() -> new PackedExamples(examples(2, 1), 3, 1, 1)).hasMessageContaining("none of 2 examples");
    assertThatThrownBy(() -> Example.of(new int[0], new int[] {1})).hasMessageContaining("0 prompt");
  }
}
