// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.Scope;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.tensorboard.EventFile;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

class DivergenceTest {
  @TempDir private Path folder;

  @Test
  void oneBadBatchIsNoExplosionButSeveralInARowAre() {
    LossWatch watch = new LossWatch();
    Random random = new Random(1);
    for (int i = 0; i < 200; i++) {
      double falling = 2 + 6 * Math.exp(-i / 30.0);
      assertThat(watch.exploded(falling + 0.2 * random.nextGaussian())).as("step %d", i).isFalse();
    }
    assertThat(watch.exploded(40)).isFalse();
    assertThat(watch.suspicious()).isTrue();
    assertThat(watch.exploded(2.1)).isFalse();
    assertThat(watch.suspicious()).isFalse();
    for (int i = 0; i < 4; i++) {
      assertThat(watch.exploded(9)).isFalse();
    }
    assertThat(watch.exploded(9)).isTrue();
    assertThat(watch.limit()).isBetween(4.0, 8.0);
  }

  @Test
  void lossesAroundZeroThatSwingAreNoExplosion() {
    LossWatch watch = new LossWatch();
    Random random = new Random(2);
    for (int i = 0; i < 500; i++) {
      assertThat(watch.exploded(0.05 * random.nextGaussian() + (i % 90 < 8 ? 0.5 : 0))).isFalse();
    }
  }

  private Outcome run(List<Double> losses, Path where) throws IOException {
    return run(losses, losses.size(), where, loop -> loop);
  }

  /** A run of a single number whose losses are set from outside: those of its steps, and of batches after them. */
  private Outcome run(List<Double> losses, int steps, Path where, UnaryOperator<TrainingLoop> kind) throws IOException {
    try (Weights weights = Weights.create(DType.F32, Map.of("w", new Weights.Slot(new Weights.Start.Constant(1), 1)))) {
      weights.train(_ -> true);
      RunControl control = new RunControl(where, Progress.Listener.NONE, () -> false, Duration.ZERO);
      TrainingLoop loop = kind.apply(new TrainingLoop(
          "test", "s", Budget.ofSteps(steps), new Schedule.Cosine(0, 1), 1e-3, control));
      try (Optimiser optimiser = loop.optimiser(AdamW.Settings.DECODER, weights, weights)) {
        return loop.run(optimiser, TrainingLoop.Batch.naming(number -> {
          weights.get("w").mul(new Scalar(losses.get((int) number))).backward();
          return new TrainingLoop.Batch.Result(losses.get((int) number), 1);
        }, number -> List.of("document " + number)));
      }
    }
  }

  private static List<Double> losses(int good, int bad) {
    List<Double> losses = new ArrayList<>();
    for (int i = 0; i < good + bad; i++) {
      losses.add(i < good ? 3 + 0.01 * i : 30.0);
    }
    return losses;
  }

  private static long stepOf(Path checkpoint) throws IOException {
    try (var file = io.millrace.model.safetensors.SafetensorsFile.open(checkpoint)) {
      return Json.read(file.metadata().getOrDefault("millrace.position", ""), TrainingState.Position.class).step();
    }
  }

  @Test
  void anExplodingLossNamesStepDocumentsAndTheCheckpointFromBeforeIt() throws IOException {
    TrainingDivergedException e =
        catchThrowableOfType(TrainingDivergedException.class, () -> run(losses(50, 10), folder));
    assertThat(e.step()).isEqualTo(55);
    assertThat(e.loss()).isEqualTo(30);
    assertThat(e.documents()).containsExactly("document 54");
    assertThat(e.checkpoint()).isEqualTo(folder.resolve("resume.safetensors"));
    assertThat(e).hasMessageContaining("document 54").hasMessageContaining("resume.safetensors");
    // Checkpoints are due at every step here. Weights after step 49 gave the last good loss, those after step 50 a bad one.
    assertThat(stepOf(folder.resolve("resume.safetensors"))).isEqualTo(49);
  }

  @Test
  void aRunThatEndsOnABadBatchIsFinishedIfTheNextOnesAreGood() throws IOException {
    List<Double> losses = losses(50, 2);
    losses.addAll(List.of(30.0, 3.0));
    Outcome outcome = run(losses, 52, folder, loop -> loop);
    assertThat(outcome.finished()).isTrue();
    assertThat(outcome.steps()).isEqualTo(52);
    assertThat(outcome.curve()).as("the batches that were only asked about are no steps").hasSize(52);
    assertThat(stepOf(folder.resolve("resume.safetensors"))).isEqualTo(52);
    // As a run would that was killed while its result was measured and written.
    assertThat(run(losses, 52, folder, loop -> loop).steps()).isEqualTo(52);
  }

  @Test
  void aRunThatEndsWhileItExplodesFailsAndKeepsTheGoodCheckpoint() throws IOException {
    TrainingDivergedException e = catchThrowableOfType(
        TrainingDivergedException.class, () -> run(losses(50, 10), 52, folder, loop -> loop));
    assertThat(e.loss()).isEqualTo(30);
    assertThat(e.documents()).containsExactly("document 54");
    assertThat(stepOf(folder.resolve("resume.safetensors"))).isEqualTo(49);
  }

  @Test
  void aLossThatFollowsRewardsMayJumpButMustBeANumber() throws IOException {
    List<Double> losses = losses(50, 10);
    assertThat(run(losses, 60, folder, TrainingLoop::unbounded).finished()).isTrue();
    losses.add(Double.NaN);
    assertThatThrownBy(() -> run(losses, 61, folder.resolve("again"), TrainingLoop::unbounded))
        .isInstanceOf(TrainingDivergedException.class).hasMessageContaining("step 61");
  }

  @Test
  void aLossThatIsNoNumberNamesTheDocumentsToo() throws IOException {
    TrainingDivergedException e =
        catchThrowableOfType(TrainingDivergedException.class, () -> run(List.of(1.0, Double.NaN), folder));
    assertThat(e.step()).isEqualTo(2);
    assertThat(e.documents()).containsExactly("document 1");
    assertThat(e).hasMessageContaining("loss NaN");
  }

  @Test
  void realStagesNameWhatTheyRead() throws IOException {
    Path base = folder.resolve("base");
    try (Decoder broken = Decoder.random(Tiny.DECODER, 2);
        Scope _ = Scope.open()) {
      broken.weights().get("model.norm.weight").fill_(new Scalar(Double.NaN));
      DecoderFolder.save(broken, base, DType.F32);
    }
    List<Example> examples = new ArrayList<>();
    for (Example example : Tiny.examples(30, 1)) {
      examples.add(example.named("example " + examples.size()));
    }
    FineTuning.Settings settings = new FineTuning.Settings(24, 2, Adaptation.WHOLE, Tiny.steps(4, 1e-3));
    TrainingDivergedException e = catchThrowableOfType(TrainingDivergedException.class,
        () -> new FineTuning(settings, RunControl.in(folder.resolve("run")))
            .run(base, examples, List.of(), folder.resolve("out")));
    assertThat(e.step()).isEqualTo(1);
    assertThat(e.checkpoint()).isNull();
    assertThat(e.documents()).isNotEmpty().allMatch(name -> name.matches("example \\d+"));
    assertThat(e).hasMessageContaining("The step read example ").hasMessageContaining("no checkpoint yet");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void pretrainingKnowsWhichDocumentsABatchReads() {
    int[] tokens = {5, 6, 7, 2, 5, 6, 2, 7, 7, 7, 7, 7, 2};
    TokenStream stream = new TokenStream(tokens, 2, 4);
    List<Integer> all = new ArrayList<>();
    for (int step = 0; step < 3; step++) {
      all.addAll(stream.documents(step, 1, 9));
    }
    // Windows 5 6 7 2 | 5 6 2 7 | 7 7 7 7 hold documents 0 | 1, 2 | 2.
    assertThat(all).containsExactlyInAnyOrder(0, 1, 2, 2);
  }

  @Test
  void everyRunLeavesATensorBoardFileBesideItsMetrics() throws IOException {
    run(List.of(1.0, 2.0, 3.0), folder);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString())).anyMatch(name -> name.startsWith(EventFile.PREFIX));
    }
    assertThat(Files.readAllLines(folder.resolve("metrics.jsonl"))).hasSize(3);
  }
}
