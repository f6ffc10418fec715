// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFamily;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.decoder.Experts;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Tensors;
import io.millrace.tensor.collective.Collective;
import io.millrace.tensor.collective.SingleProcess;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.parallel.Mesh;
import io.millrace.train.tensorboard.EventFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.withinPercentage;

class ParallelPretrainingTest {
  private static final DecoderConfig MIXTURE = Tiny.DECODER.as(DecoderFamily.QWEN3_MOE, Experts.of(4, 2, 32).withCapacity(1.0));

  @TempDir private Path folder;

  private static Pretraining.Settings settings(DecoderConfig model, int steps) {
    return new Pretraining.Settings(model, 16, 4, 5e-3, new Schedule.Cosine(0.1, 0.1), Budget.ofSteps(steps),
        AdamW.Settings.DECODER, DType.F32, 3);
  }

  /** Documents that count upwards. */
  private static int[] text() {
    int[] tokens = new int[2000];
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = i % 23 == 22 ? 2 : 4 + (i / 23 + i) % 27;
    }
    return tokens;
  }

  private Outcome run(DecoderConfig model, Mesh mesh, Collective all, RunControl control, Path output) throws Exception {
    return new ParallelPretraining(new ParallelPretraining.Settings(settings(model, 20), mesh, false),
        control.distributed(Distribution.over(all, Sharding.NONE)), Device.CPU)
        .run(text(), new int[0], document -> "document " + document, output).outcome();
  }

  private static double[] losses(Outcome outcome) {
    return outcome.curve().stream().mapToDouble(MetricsPoint::loss).toArray();
  }

  @Test
  void drawsTheCurveOfOrdinaryPretraining() throws Exception {
    Pretraining.Result expected = new Pretraining(settings(Tiny.DECODER, 20), RunControl.in(folder.resolve("one")))
        .run(text(), new int[0], folder.resolve("one-model"));
    List<Outcome> found = ThreadRanks.run(4, all -> run(
        Tiny.DECODER, new Mesh(2, 1, 2), all, RunControl.in(folder.resolve("four")), folder.resolve("four-model")));
    for (Outcome outcome : found) {
      assertThat(losses(outcome)).usingComparatorWithPrecision(1e-4).containsExactly(losses(expected.outcome()));
      assertThat(outcome.tokens()).isEqualTo(expected.outcome().tokens());
    }
    assertThat(Files.readAllLines(folder.resolve("four/metrics.jsonl"))).hasSize(20);
    assertThat(folder.resolve("four/resume.safetensors")).doesNotExist();
    try (Decoder one = DecoderFolder.load(folder.resolve("one-model"));
        Decoder four = DecoderFolder.load(folder.resolve("four-model"))) {
      one.weights().named().forEach((name, tensor) -> assertThat(Tensors.floats(four.weights().get(name))).as(name)
          .usingComparatorWithPrecision(1e-3f).containsExactly(Tensors.floats(tensor)));
    }
  }

  @Test
  void ordinaryPretrainingBalancesExpertsToo() throws Exception {
    Pretraining.Result expected = new Pretraining(settings(MIXTURE, 20), RunControl.in(folder.resolve("one")))
        .run(text(), new int[0], folder.resolve("one-model"));
    run(MIXTURE, new Mesh(1, 1, 1), new SingleProcess(), RunControl.in(folder.resolve("mesh")), folder.resolve("mesh-model"));
    try (Decoder one = DecoderFolder.load(folder.resolve("one-model"));
        Decoder mesh = DecoderFolder.load(folder.resolve("mesh-model"))) {
      assertThat(expected.outcome().steps()).isEqualTo(20);
      one.weights().named().forEach((name, tensor) -> assertThat(Tensors.floats(mesh.weights().get(name))).as(name)
          .usingComparatorWithPrecision(1e-3f).containsExactly(Tensors.floats(tensor)));
    }
  }

  @Test
  void aCancelledRunGoesOnWithAnotherMesh() throws Exception {
    Outcome expected = run(
        MIXTURE, new Mesh(1, 1, 1), new SingleProcess(), RunControl.in(folder.resolve("one")), folder.resolve("one-model"));
    Path shared = folder.resolve("shared");
    for (Outcome outcome : ThreadRanks.run(4, all -> run(MIXTURE, new Mesh(1, 2, 2), all,
        Tiny.cancelledAfter(8, shared), folder.resolve("model")))) {
      assertThat(outcome.finished()).isFalse();
      assertThat(outcome.steps()).isEqualTo(8);
    }
    assertThat(folder.resolve("model")).doesNotExist();
    for (Outcome outcome : ThreadRanks.run(2, all -> run(
        MIXTURE, new Mesh(1, 2, 1), all, RunControl.in(shared), folder.resolve("model")))) {
      assertThat(outcome.finished()).isTrue();
      assertThat(losses(outcome)).usingComparatorWithPrecision(1e-4).containsExactly(losses(expected));
    }
    try (Decoder decoder = DecoderFolder.load(folder.resolve("model"))) {
      assertThat(decoder.config()).isEqualTo(MIXTURE);
    }
  }

  @Test
  void aMeshContinuesWhatProcessesWithSharesOfTheOptimiserBeganAndOneProcessContinuesTheMesh() throws Exception {
    Pretraining.Settings settings = settings(Tiny.DECODER, 20);
    Pretraining.Result expected = new Pretraining(settings, RunControl.in(folder.resolve("one")))
        .run(text(), new int[0], folder.resolve("one-model"));
    Path shared = folder.resolve("shared");
    ThreadRanks.run(2, all -> new Pretraining(settings, Tiny.cancelledAfter(6, shared)
        .distributed(Distribution.over(all, Sharding.OPTIMISER))).run(text(), new int[0], folder.resolve("model")));
    List<Long> reported = new CopyOnWriteArrayList<>();
    ThreadRanks.run(4, all -> run(Tiny.DECODER, new Mesh(2, 1, 2), all,
        Tiny.cancelledAfter(6, shared).listener(progress -> reported.add(progress.step())), folder.resolve("model")));
    assertThat(reported).containsExactly(7L, 8L, 9L, 10L, 11L, 12L);
    reported.clear();
    Pretraining.Result rest = new Pretraining(settings, RunControl.in(shared).listener(progress -> reported.add(progress.step())))
        .run(text(), new int[0], folder.resolve("model"));
    assertThat(reported).hasSize(8).startsWith(13L);
    assertThat(losses(rest.outcome())).usingComparatorWithPrecision(1e-4).containsExactly(losses(expected.outcome()));
  }

  @Test
  void itsPerplexityIsThatOfTheDecoderThatItWrites() throws Exception {
    Path base = Tiny.base(folder.resolve("base"), MIXTURE);
    int[] unseen = Arrays.copyOf(text(), 300);
    for (Pretraining.Result result : ThreadRanks.run(2, all -> new ParallelPretraining(
        new ParallelPretraining.Settings(settings(MIXTURE, 5), new Mesh(1, 2, 1), true),
        RunControl.in(folder.resolve("run")).distributed(Distribution.over(all, Sharding.NONE)), Device.CPU)
        .from(base).run(text(), unseen, document -> "document " + document, folder.resolve("model")))) {
      assertThat(result.perplexityBefore()).isCloseTo(perplexity(base, unseen), withinPercentage(0.01));
      assertThat(result.heldOutPerplexity()).isCloseTo(perplexity(folder.resolve("model"), unseen), withinPercentage(0.01));
      assertThat(result.heldOutPerplexity()).isLessThan(result.perplexityBefore());
    }
    try (Stream<Path> files = Files.list(folder.resolve("run"))) {
      assertThat(files.map(file -> file.getFileName().toString())).filteredOn(name -> name.startsWith(EventFile.PREFIX))
          .as("TensorBoard's files").hasSize(1);
    }
  }

  private static double perplexity(Path model, int[] unseen) throws Exception {
    try (Decoder decoder = DecoderFolder.load(model)) {
      return Perplexity.of(decoder, unseen, 16);
    }
  }

  @Test
  void aLossThatIsNoNumberStopsAllAndNamesWhatWasRead() {
    Pretraining.Settings absurd = new Pretraining.Settings(Tiny.DECODER, 16, 4, 1e30, new Schedule.Cosine(0, 1),
        Budget.ofSteps(20), AdamW.Settings.DECODER, DType.F32, 3);
    ThreadRanks.run(2, all -> {
      TrainingDivergedException e = catchThrowableOfType(TrainingDivergedException.class, () -> new ParallelPretraining(
          new ParallelPretraining.Settings(absurd, new Mesh(1, 1, 2), false),
          RunControl.in(folder.resolve("run")).distributed(Distribution.over(all, Sharding.NONE)), Device.CPU)
          .run(text(), new int[0], document -> "text " + document, folder.resolve("model")));
      assertThat(e.step()).isEqualTo(2);
      assertThat(e.documents()).isNotEmpty().allMatch(document -> document.startsWith("text "));
      return null;
    });
    assertThat(folder.resolve("model")).doesNotExist();
  }

  @Test
  void refusesWhatCannotBeDivided() {
    assertThatThrownBy(() -> Mesh.of(6, 2, 2)).hasMessageContaining("6 processes: expert 2 × tensor 2 take 4");
    assertThatThrownBy(() -> new ParallelPretraining(new ParallelPretraining.Settings(settings(MIXTURE, 1), new Mesh(1, 1, 2), false),
        RunControl.in(folder).distributed(Distribution.over(new SingleProcess(), Sharding.OPTIMISER)), Device.CPU))
        .hasMessageContaining("sharding OPTIMISER").hasMessageContaining("use sharding NONE");

    assertThatThrownBy(() -> new ParallelPretraining.Settings(settings(MIXTURE, 1), new Mesh(3, 1, 1), false))
        .hasMessageContaining("batchSize 4").hasMessageContaining("3 readers");
    assertThatThrownBy(() -> run(Tiny.DECODER, new Mesh(1, 1, 2), new SingleProcess(), RunControl.in(folder), folder))
        .hasMessageContaining("needs 2 ranks");
  }
}
