// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.DecoderConfig;
import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import io.millrace.tensor.collective.ThreadRanks;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.distributed.Sharding;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

/** Several processes must train as one does. Ranks are threads here; {@code WorkersTest} starts processes. */
class DistributedPretrainingTest {
  private static final int STEPS = 50;
  /** Low enough that rounding, which differs between vector widths, is not amplified: at 5e-3 it moves a loss by 2e-4. */
  static final double RATE = 2e-3;
  private static final DecoderConfig TINY =
      new DecoderConfig(257, 32, 64, 2, 4, 2, 8, 16, 10_000, 1e-5, true, -1, 256, -1);
  private static int[] text;
  private static List<Double> alone;

  @TempDir private Path folder;
  /** The steps of the last run, as rank 0 told its listener. */
  private final List<Long> reported = new CopyOnWriteArrayList<>();

  static Pretraining.Settings settings(long steps, double rate) {
    return new Pretraining.Settings(TINY, 16, 12, rate, new Schedule.Cosine(0.05, 0.1), Budget.ofSteps(steps),
        AdamW.Settings.DECODER, DType.F32, 5);
  }

  @BeforeAll
  static void trainAlone(@TempDir Path folder) throws Exception {
    text = PretrainingTest.text(30_000);
    alone = losses(new Pretraining(settings(STEPS, RATE), RunControl.in(folder.resolve("run")))
        .run(text, new int[0], folder.resolve("model")));
  }

  private static List<Double> losses(Pretraining.Result result) {
    return result.outcome().curve().stream().map(MetricsPoint::loss).toList();
  }

  /** Trains in {@code folder/run}; each rank's result. */
  private List<Pretraining.Result> together(int processes, Sharding sharding, int cancelAfter) {
    reported.clear();
    return ThreadRanks.run(processes, group -> {
      Torch.threads(1);
      // Small portions, so that there are several; the last rank is the one that somebody stops.
      RunControl control = (group.rank() == processes - 1
          ? Tiny.cancelledAfter(cancelAfter, folder.resolve("run")) : RunControl.in(folder.resolve("run")))
          .listener(progress -> reported.add(progress.step()))
          .distributed(new Distribution(group, sharding, 12_000));
      return new Pretraining(settings(STEPS, RATE), control).run(text, new int[0], folder.resolve("model"));
    });
  }

  private static void assertSameCurve(List<Double> curve) {
    assertThat(curve).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      assertThat(curve.get(i)).as("loss of step %d", i + 1).isCloseTo(alone.get(i), within(1e-4));
    }
  }

  @ParameterizedTest
  @CsvSource({
      "2,NONE", "4,NONE", "2,OPTIMISER", "4,OPTIMISER", "2,GRADIENTS", "4,GRADIENTS", "2,PARAMETERS", "4,PARAMETERS"})
  void manyProcessesGiveTheLossCurveOfOne(int processes, Sharding sharding) throws Exception {
    List<Pretraining.Result> results = together(processes, sharding, Integer.MAX_VALUE);
    results.forEach(result -> assertSameCurve(losses(result)));
    assertThat(losses(results.getLast())).isEqualTo(losses(results.getFirst()));
    assertThat(Files.readAllLines(folder.resolve("run/metrics.jsonl"))).hasSize(STEPS);
    try (Stream<Path> left = Files.list(folder.resolve("run"))) {
      assertThat(left).as("checkpoints of a finished run").noneMatch(file -> file.getFileName().toString().startsWith("resume"));
    }
  }

  @ParameterizedTest
  @CsvSource({"2,NONE,1,NONE", "1,NONE,2,OPTIMISER", "2,OPTIMISER,4,GRADIENTS", "4,PARAMETERS,2,PARAMETERS", "2,PARAMETERS,1,NONE"})
  void aRunContinuesWithOtherProcessesAndGivesTheUninterruptedCurve(
      int before, Sharding shardingBefore, int after, Sharding shardingAfter) throws Exception {
    List<Pretraining.Result> half = together(before, shardingBefore, 20);
    assertThat(half).allSatisfy(result -> {
      assertThat(result.outcome().finished()).isFalse();
      assertThat(result.outcome().steps()).isEqualTo(20);
    });
    List<Pretraining.Result> rest = together(after, shardingAfter, Integer.MAX_VALUE);
    assertThat(reported).as("steps of the run that continues").hasSize(STEPS - 20).startsWith(21L);
    rest.forEach(result -> assertSameCurve(losses(result)));
  }

  @Test
  void aRankWithOtherSettingsIsNamedByAll() {
    List<String> failures = ThreadRanks.run(3, group -> {
      RunControl control = RunControl.in(folder.resolve("run")).distributed(Distribution.over(group, Sharding.NONE));
      Pretraining.Settings settings = settings(STEPS, group.rank() == 2 ? 7e-3 : 5e-3);
      return catchThrowable(() -> new Pretraining(settings, control).run(text, new int[0], folder.resolve("model")))
          .getMessage();
    });
    assertThat(failures).allSatisfy(message -> assertThat(message)
        .contains("rank 2: other settings of pretraining").contains("learningRate=0.005").contains("learningRate=0.007"));
  }

  @Test
  void aRankWithOtherDataIsNamedByAll() {
    List<String> failures = ThreadRanks.run(2, group -> {
      RunControl control = RunControl.in(folder.resolve("run")).distributed(Distribution.over(group, Sharding.NONE));
      int[] own = text.clone();
      own[1000] += group.rank();
      return catchThrowable(() -> new Pretraining(settings(STEPS, RATE), control).run(own, new int[0], folder.resolve("model")))
          .getMessage();
    });
    assertThat(failures).allSatisfy(message -> assertThat(message).contains("rank 1: other settings").contains("data="));
  }

  @Test
  void aBatchThatCannotBeDividedIsRefused() {
    List<String> failures = ThreadRanks.run(5, group -> {
      RunControl control = RunControl.in(folder.resolve("run")).distributed(Distribution.over(group, Sharding.NONE));
      return catchThrowable(() -> new Pretraining(settings(STEPS, RATE), control).run(text, new int[0], folder.resolve("model")))
          .getMessage();
    });
    assertThat(failures).allSatisfy(message -> assertThat(message).contains("12 rows").contains("multiple of 5"));
  }

  @Test
  void aTornCheckpointIsIgnoredForTheCompleteOneAndRefusedWhereThereIsNone() throws Exception {
    together(2, Sharding.OPTIMISER, 20);
    Path run = folder.resolve("run");
    // A write of step 30 that was interrupted before its manifest.
    Files.createDirectories(run.resolve("resume-30"));
    Files.write(run.resolve("resume-30/rank-000-of-002.safetensors"), new byte[100]);
    together(2, Sharding.OPTIMISER, 5).forEach(result -> assertThat(result.outcome().steps()).isEqualTo(25));

    Path part = run.resolve("resume-25/rank-001-of-002.safetensors");
    byte[] whole = Files.readAllBytes(part);
    Files.write(part, java.util.Arrays.copyOf(whole, whole.length - 10));
    assertThatThrownBy(() -> together(2, Sharding.OPTIMISER, 5))
        .hasMessageContaining("resume-25").hasMessageContaining("rank-001-of-002").hasMessageContaining("torn");
    Files.write(part, whole);
    together(2, Sharding.OPTIMISER, Integer.MAX_VALUE).forEach(result -> assertSameCurve(losses(result)));
    assertThat(reported).startsWith(26L);
  }

  @Test
  void blocksThatAreComputedTwiceGiveTheSameCurve() throws Exception {
    // Checkpointed activations make the embedding's gradient arrive in two parts.
    Path base = Tiny.base(folder.resolve("base"));
    List<Example> examples = Tiny.examples(60, 3);
    List<List<Double>> curves = new ArrayList<>();
    for (int processes : new int[] {1, 2}) {
      for (Sharding sharding : processes == 1 ? new Sharding[] {Sharding.NONE} : new Sharding[] {Sharding.NONE, Sharding.GRADIENTS, Sharding.PARAMETERS}) {
        curves.add(ThreadRanks.run(processes, group -> {
          Torch.threads(1);
          RunControl control = RunControl.in(folder.resolve("run-" + processes + sharding))
              .distributed(new Distribution(group, sharding, 20_000));
          Optimisation optimisation = new Optimisation(5e-3, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(8),
              AdamW.Settings.DECODER, 4, true, DType.F32, 1);
          return new FineTuning(new FineTuning.Settings(40, 4, Adaptation.WHOLE, optimisation), control)
              .run(base, examples, List.of(), folder.resolve("tuned-" + processes + sharding))
              .outcome().curve().stream().map(MetricsPoint::loss).toList();
        }).getFirst());
      }
    }
    for (List<Double> curve : curves) {
      for (int i = 0; i < 8; i++) {
        assertThat(curve.get(i)).as("step %d", i).isCloseTo(curves.getFirst().get(i), within(1e-4));
      }
    }
  }

  @Test
  void adaptersAreTrainedTogetherToo() throws Exception {
    Path base = Tiny.base(folder.resolve("base"));
    List<Example> examples = Tiny.examples(60, 3);
    List<List<Double>> curves = new ArrayList<>();
    for (Sharding sharding : new Sharding[] {Sharding.NONE, Sharding.NONE, Sharding.PARAMETERS}) {
      int processes = curves.isEmpty() ? 1 : 2;
      Path run = folder.resolve("run-" + curves.size());
      curves.add(ThreadRanks.run(processes, group -> {
        Torch.threads(1);
        Optimisation optimisation = new Optimisation(5e-3, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(6),
            AdamW.Settings.DECODER, 2, false, DType.F32, 1);
        return new FineTuning(new FineTuning.Settings(40, 4, new Adaptation.LowRank(Lora.ofRank(4), Quantisation.NONE), optimisation),
            RunControl.in(run).distributed(Distribution.over(group, sharding)))
            .run(base, examples, List.of(), run.resolve("tuned")).outcome().curve().stream().map(MetricsPoint::loss).toList();
      }).getFirst());
    }
    for (int i = 0; i < 6; i++) {
      assertThat(curves.get(1).get(i)).isCloseTo(curves.get(0).get(i), within(1e-4));
      assertThat(curves.get(2).get(i)).isCloseTo(curves.get(0).get(i), within(1e-4));
    }
  }
}
