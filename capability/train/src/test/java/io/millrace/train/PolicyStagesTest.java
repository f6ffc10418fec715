// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import io.millrace.train.loss.KlControl;
import io.millrace.train.loss.PolicyLoss;
import io.millrace.train.loss.ValueLoss;
import io.millrace.train.reward.VerifiableReward.Score;
import io.millrace.train.rollout.DecoderPolicy;
import io.millrace.train.rollout.Sampling;
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

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PolicyStagesTest {
  private static final Sampling SAMPLING = Sampling.plain(8, 2);

  @TempDir private Path folder;

  /** Half for an answer that ends by itself, half for the share of its other tokens that are below 18. */
  private static Score form(int[] answer) {
    boolean ended = answer[answer.length - 1] == 2;
    int said = answer.length - (ended ? 1 : 0);
    int low = 0;
    for (int i = 0; i < said; i++) {
      low += answer[i] >= 4 && answer[i] < 18 ? 1 : 0;
    }
    return new Score((ended ? 0.5 : 0) + (said == 0 ? 0 : 0.5 * low / said), "%d of %d low".formatted(low, said));
  }

  private static List<Exercise> exercises(int count, long seed) {
    Random random = new Random(seed);
    List<Exercise> exercises = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      exercises.add(new Exercise(Tiny.prompt(random), "form", PolicyStagesTest::form));
    }
    return exercises;
  }

  private static GrpoTraining.Settings grpo(GrpoObjective objective, Adaptation adaptation, int steps, double rate) {
    return new GrpoTraining.Settings(
        new GroupSampling(8, 8, 1), SAMPLING, 1, 32, objective, adaptation, Tiny.steps(steps, rate));
  }

  private static PpoTraining.Settings ppo(KlControl kl, int epochs, int steps, double rate) {
    PpoObjective objective = new PpoObjective(new PolicyLoss(0.2, 0.2), new ValueLoss(0.2), 0.5, 1, 0.95, kl);
    return new PpoTraining.Settings(64, SAMPLING, epochs, 32, objective, Adaptation.WHOLE, Tiny.steps(steps, rate));
  }

  @Test
  void groupsTeachADecoderOfFortyThousandNumbersToKeepAForm() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Map<String, GrpoObjective> variants =
        Map.of("grpo", GrpoObjective.GRPO, "dr", GrpoObjective.DR_GRPO, "dapo", GrpoObjective.DAPO);
    for (Map.Entry<String, GrpoObjective> variant : variants.entrySet()) {
      PolicyResult result = new GrpoTraining(
          grpo(variant.getValue(), Adaptation.WHOLE, 80, 2e-3), RunControl.in(folder.resolve("run-" + variant.getKey())))
          .run(base, exercises(100, 1), exercises(100, 2), folder.resolve(variant.getKey()));
      assertThat(result.before()).isNotNull();
      assertThat(result.after()).isNotNull();
      assertThat(result.before().reward()).isLessThan(0.5);
      assertThat(result.after().reward()).as(variant.getKey()).isGreaterThan(0.85);
      assertThat(result.curve()).hasSize(40).allMatch(point -> point.entropy() >= 0 && point.clipped() <= 1);
      assertThat(result.curve().getFirst().entropy()).isCloseTo(Math.log(32), within(0.1));
      assertThat(result.curve().getLast().kl() == null).isEqualTo(variant.getValue().kl() == 0);
    }
  }

  @Test
  void whatIsWrittenIsWhatWasMeasured() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Adaptation lora = new Adaptation.LowRank(Lora.ofRank(8), Quantisation.NONE);
    PolicyResult result = new GrpoTraining(grpo(GrpoObjective.GRPO, lora, 60, 2e-2), RunControl.in(folder.resolve("run")))
        .run(base, exercises(100, 1), exercises(200, 2), folder.resolve("lora"));
    assertThat(result.before()).isNotNull();
    assertThat(result.after()).isNotNull();
    assertThat(result.after().reward()).isGreaterThan(result.before().reward() + 0.1);
    try (Decoder written = DecoderFolder.load(folder.resolve("lora"))) {
      PolicyScore again = new Practice(new DecoderPolicy(written, 64), SAMPLING, 1).score(exercises(200, 2));
      assertThat(again).isNotNull();
      // Merging rounds otherwise than computing beside; a token may then be drawn otherwise.
      assertThat(again.reward()).isCloseTo(result.after().reward(), within(0.02));
      assertThat(again.length()).isCloseTo(result.after().length(), within(0.2));
    }
    assertThat(folder.resolve("lora/adapter/adapter_model.safetensors")).exists();
  }

  @Test
  void theValueHeadAndThePolicyLearn() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    PolicyResult result = new PpoTraining(ppo(KlControl.fixed(0.01), 2, 160, 2e-3), RunControl.in(folder.resolve("run")))
        .run(base, exercises(100, 1), exercises(100, 2), folder.resolve("ppo"));
    assertThat(result.before()).isNotNull();
    assertThat(result.after()).isNotNull();
    assertThat(result.after().reward()).isGreaterThan(0.8).isGreaterThan(result.before().reward() + 0.3);
    assertThat(result.curve()).hasSize(40).allMatch(point -> point.valueError() != null && point.klWeight() == 0.01);
    assertThat(result.curve().getFirst().kl()).isCloseTo(0, within(1e-9));
    double early = result.curve().subList(0, 3).stream().mapToDouble(PolicyStagesTest::valueError).average().orElseThrow();
    double late = result.curve().subList(30, 40).stream().mapToDouble(PolicyStagesTest::valueError).average().orElseThrow();
    assertThat(late).isLessThan(early);
  }

  private static double valueError(PolicyMetrics point) {
    return point.valueError() == null ? Double.NaN : point.valueError();
  }

  @Test
  void controlHoldsTheDivergenceNearItsTarget() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    double target = 1.5;
    double[] late = new double[2];
    for (int i = 0; i < 2; i++) {
      KlControl control = i == 0 ? KlControl.fixed(0) : new KlControl(0.1, target, 1);
      Optimisation constant = new Optimisation(2e-3, new Schedule.WarmupStableDecay(0.02, 0, 1), Budget.ofSteps(160),
          AdamW.Settings.DECODER, 1, false, io.millrace.tensor.DType.F32, 1);
      PpoTraining.Settings settings = ppo(control, 1, 160, 1e-3);
      PolicyResult result = new PpoTraining(new PpoTraining.Settings(settings.answers(), settings.sampling(), 1, 32,
          settings.objective(), Adaptation.WHOLE, constant), RunControl.in(folder.resolve("run" + i)))
          .run(base, exercises(100, 1), List.of(), folder.resolve("ppo" + i));
      late[i] = result.curve().subList(50, 80).stream().mapToDouble(point -> point.kl() == null ? 0 : point.kl())
          .average().orElseThrow();
    }
    assertThat(late[0]).as("without control").isGreaterThan(2 * target);
    assertThat(late[1]).as("with control").isBetween(0.7 * target, 1.3 * target);
  }

  @Test
  void resumedRunsEqualUninterruptedOnesBitForBit() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    KlControl adaptive = new KlControl(0.1, 0.5, 1);
    for (boolean cut : new boolean[] {false, true}) {
      String name = cut ? "cut" : "whole";
      if (cut) {
        // Of two steps an iteration; a run is asked before each iteration, and stops before the third.
        PolicyResult stopped = new GrpoTraining(grpo(GrpoObjective.GRPO, Adaptation.WHOLE, 9, 2e-3),
            Tiny.cancelledAfter(2, folder.resolve("g" + name))).run(base, exercises(20, 1), List.of(), folder.resolve("grpo-cut"));
        assertThat(stopped.outcome().finished()).isFalse();
        assertThat(stopped.outcome().steps()).isEqualTo(4);
        new PpoTraining(ppo(adaptive, 2, 16, 2e-3), Tiny.cancelledAfter(2, folder.resolve("p" + name)))
            .run(base, exercises(20, 1), List.of(), folder.resolve("ppo-cut"));
        assertThat(folder.resolve("ppo-cut")).doesNotExist();
        // What a killed run wrote after its checkpoint is forgotten.
        Path curve = folder.resolve("p" + name).resolve("policy.jsonl");
        Files.writeString(curve, Files.readString(curve) + Files.readAllLines(curve).getLast() + "\n{\"iteration\":3,");
      }
      new GrpoTraining(grpo(GrpoObjective.GRPO, Adaptation.WHOLE, 9, 2e-3), RunControl.in(folder.resolve("g" + name)))
          .run(base, exercises(20, 1), List.of(), folder.resolve("grpo-" + name));
      PolicyResult result = new PpoTraining(ppo(adaptive, 2, 16, 2e-3), RunControl.in(folder.resolve("p" + name)))
          .run(base, exercises(20, 1), List.of(), folder.resolve("ppo-" + name));
      assertThat(result.curve()).hasSize(4);
      assertThat(result.curve().getLast().klWeight()).isNotEqualTo(0.1);
    }
    for (String stage : List.of("grpo", "ppo")) {
      assertThat(folder.resolve(stage + "-cut/model.safetensors"))
          .hasSameBinaryContentAs(folder.resolve(stage + "-whole/model.safetensors"));
    }
    assertThat(folder.resolve("pcut/policy.jsonl")).hasSameTextualContentAs(folder.resolve("pwhole/policy.jsonl"));
  }

  @Test
  void checkpointsAreWrittenOnlyBetweenIterations() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Path run = folder.resolve("run");
    List<Boolean> saved = new ArrayList<>();
    RunControl always = new RunControl(run, progress -> {
      saved.add(Files.exists(run.resolve("resume.safetensors")));
      try {
        Files.deleteIfExists(run.resolve("resume.safetensors"));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }, () -> false, Duration.ZERO);
    new GrpoTraining(grpo(GrpoObjective.GRPO, Adaptation.WHOLE, 6, 2e-3), always)
        .run(base, exercises(20, 1), List.of(), folder.resolve("grpo"));
    // After each step it is looked whether a checkpoint was written before it.
    assertThat(saved).hasSize(6).doesNotContain(true, org.assertj.core.data.Index.atIndex(1))
        .doesNotContain(true, org.assertj.core.data.Index.atIndex(3)).contains(true, org.assertj.core.data.Index.atIndex(2))
        .contains(true, org.assertj.core.data.Index.atIndex(4));
  }

  @Test
  void promptsWhoseAnswersAreAllWorthTheSameAreReplaced() throws IOException {
    List<Exercise> some = new ArrayList<>(exercises(6, 1));
    for (int i = 0; i < 6; i++) {
      some.add(new Exercise(new int[] {1, 3 + i}, "always right", _ -> new Score(1, "always")));
    }
    try (Decoder decoder = Decoder.random(Tiny.DECODER, 2)) {
      Practice practice = new Practice(new DecoderPolicy(decoder, 64), SAMPLING, 1);
      GroupSampling.Sampled once = new GroupSampling(4, 8, 1).sample(practice, some, 1);
      GroupSampling.Sampled often = new GroupSampling(4, 8, 6).sample(practice, some, 0);
      assertThat(once.groups()).hasSize(4);
      assertThat(once.all()).hasSize(32);
      assertThat(often.groups()).hasSize(4).allMatch(group -> group.stream()
          .mapToDouble(attempt -> attempt.score().value()).distinct().count() > 1);
      assertThat(often.all().size()).isGreaterThan(32);
    }
  }

  @Test
  void refusesWhatCannotBeLearntFrom() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    assertThatThrownBy(() -> new GrpoTraining(new GrpoTraining.Settings(new GroupSampling(2, 2, 1), Sampling.plain(60, 2), 1,
        4, GrpoObjective.GRPO, Adaptation.WHOLE, Tiny.steps(1, 1e-3)), RunControl.in(folder.resolve("x")))
        .run(base, exercises(3, 1).stream().filter(one -> one.prompt().length > 4).toList(), List.of(), folder.resolve("y")))
        .hasMessageContaining("leaves room for 60 tokens").hasMessageContaining("64 positions");
    assertThatThrownBy(() -> new GroupSampling(1, 1, 1)).hasMessageContaining("groups of 1");
    assertThatThrownBy(() -> new Rounds(10, 4, 1, 2, 1)).hasMessageContaining("3 micro-batches").hasMessageContaining("steps of 2");
    assertThatThrownBy(() -> GrpoObjective.GRPO.withKl(-1)).hasMessageContaining("kl -1.0");
    assertThatThrownBy(() -> new KlControl(0.1, 0, 1)).hasMessageContaining("target 0.0");
    assertThatThrownBy(() -> new PpoTraining.Settings(4, new Sampling(0, 1, 4, List.of()), 1, 4,
        PpoObjective.towards(1), Adaptation.WHOLE, Tiny.steps(1, 1e-3))).hasMessageContaining("temperature 0.0");
    assertThatThrownBy(() -> new Exercise(new int[0], "", _ -> new Score(1, ""))).hasMessageContaining("prompt");
  }
}
