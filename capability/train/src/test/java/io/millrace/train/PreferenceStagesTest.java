// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.adapter.Lora;
import io.millrace.train.adapter.Quantisation;
import io.millrace.train.loss.BradleyTerryLoss;
import io.millrace.train.loss.DpoLoss;
import io.millrace.train.loss.KtoLoss;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class PreferenceStagesTest {
  @TempDir private Path folder;

  private static RewardTraining.Settings reward(Optimisation optimisation) {
    return new RewardTraining.Settings(24, 16, new BradleyTerryLoss(0.01), Adaptation.WHOLE, optimisation);
  }

  private static DpoTraining.Settings dpo(Adaptation adaptation, Optimisation optimisation) {
    return new DpoTraining.Settings(24, 16, new DpoLoss(0.5, 0), 0, adaptation, optimisation);
  }

  @Test
  void aRewardModelLearnsWhichAnswerIsBetterAndReadsTheSameFromItsFolder() throws IOException {
    Path base = Tiny.begun(folder.resolve("base"), 250);
    List<ExamplePair> heldOut = Tiny.pairs(60, 2);
    RewardTraining.Result result = new RewardTraining(reward(Tiny.steps(320, 3e-3)), RunControl.in(folder.resolve("run")))
        .run(base, Tiny.pairs(600, 1), heldOut, folder.resolve("reward"));
    assertThat(result.before()).isNotNull();
    assertThat(result.before().accuracy()).isEqualTo(0.5);
    assertThat(result.before().loss()).isCloseTo(Math.log(2), within(1e-6));
    assertThat(result.after()).isNotNull();
    assertThat(result.after().accuracy()).isGreaterThan(0.7);
    assertThat(result.after().loss()).isLessThan(0.6);

    try (RewardModel model = RewardModel.load(folder.resolve("reward"), DType.F32)) {
      double[] chosen = model.score(heldOut.stream().map(ExamplePair::chosen).toList());
      double[] rejected = model.score(heldOut.stream().map(ExamplePair::rejected).toList());
      RewardTraining.Score again = RewardTraining.Score.of(chosen, rejected);
      assertThat(again.margin()).isCloseTo(result.after().margin(), within(1e-4));
    }
    assertThat(Json.tree(Files.readAllBytes(folder.resolve("reward/config.json"))).path("architectures").path(0).asString())
        .isEqualTo("LlamaForSequenceClassification");
    assertThatThrownBy(() -> RewardModel.load(base, DType.F32)).hasMessageContaining("no tensor score.weight");
  }

  @Test
  void preferenceOptimisationMakesChosenAnswersMoreLikelyThanRejectedOnes() throws IOException {
    Path base = Tiny.begun(folder.resolve("base"), 150);
    List<Adaptation> adaptations = List.of(
        Adaptation.WHOLE,
        new Adaptation.LowRank(Lora.ofRank(8), Quantisation.NONE),
        new Adaptation.LowRank(Lora.ofRank(8), Quantisation.NF4));
    for (int i = 0; i < adaptations.size(); i++) {
      DpoTraining.Result result = new DpoTraining(
          dpo(adaptations.get(i), Tiny.steps(i == 0 ? 120 : 240, i == 0 ? 2e-3 : 1e-2)), RunControl.in(folder.resolve("run" + i)))
          .run(base, Tiny.pairs(600, 1), Tiny.pairs(60, 2), folder.resolve("dpo" + i));
      assertThat(result.outcome().curve().getFirst().loss()).isCloseTo(Math.log(2), within(1e-5));
      assertThat(result.after()).isNotNull();
      // Adapters of a decoder this small tell unseen pairs apart less surely; 0.8 of 60 is far from the 0.5 before.
      assertThat(result.after().accuracy()).as("%s", adaptations.get(i)).isGreaterThan(i == 0 ? 0.9 : 0.8);
      assertThat(result.after().loss()).isLessThan(0.4);
    }
  }

  @Test
  void theMeasuredMarginIsThatOfTheWrittenDecoderAgainstTheBase() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    List<ExamplePair> heldOut = Tiny.pairs(20, 2);
    Adaptation lora = new Adaptation.LowRank(Lora.ofRank(4), Quantisation.NONE);
    DpoTraining.Result result = new DpoTraining(dpo(lora, Tiny.steps(30, 1e-2)), RunControl.in(folder.resolve("run")))
        .run(base, Tiny.pairs(200, 1), heldOut, folder.resolve("dpo"));
    assertThat(folder.resolve("dpo/adapter/adapter_model.safetensors")).exists();
    try (Decoder before = DecoderFolder.load(base);
        Decoder after = DecoderFolder.load(folder.resolve("dpo"))) {
      double[] old = SequenceBatch.logProbs(before, ExamplePair.flat(heldOut), 24, 4);
      double[] now = SequenceBatch.logProbs(after, ExamplePair.flat(heldOut), 24, 4);
      double margin = 0;
      for (int i = 0; i < 20; i++) {
        margin += 0.5 * ((now[i] - old[i]) - (now[20 + i] - old[20 + i])) / 20;
      }
      assertThat(result.after()).isNotNull();
      assertThat(result.after().margin()).isCloseTo(margin, within(1e-3));
    }
  }

  @Test
  void imitationKeepsChosenAnswersLikely() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    double[] change = new double[2];
    for (int i = 0; i < 2; i++) {
      DpoTraining.Settings settings =
          new DpoTraining.Settings(24, 16, new DpoLoss(0.5, 0), i, Adaptation.WHOLE, Tiny.steps(60, 2e-3));
      DpoTraining.Result result = new DpoTraining(settings, RunControl.in(folder.resolve("run" + i)))
          .run(base, Tiny.pairs(300, 1), Tiny.pairs(40, 2), folder.resolve("dpo" + i));
      assertThat(result.chosenChange()).isNotNull();
      change[i] = result.chosenChange();
    }
    assertThat(change[1]).isGreaterThan(change[0]);
  }

  private static List<KtoTraining.Judged> judged(int count, long seed) {
    Random random = new Random(seed);
    List<KtoTraining.Judged> judged = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] prompt = Tiny.prompt(random);
      boolean good = random.nextBoolean();
      judged.add(new KtoTraining.Judged(prompt, good ? Tiny.right(prompt) : Tiny.wrong(prompt, random), good));
    }
    return judged;
  }

  @Test
  void judgementsSeparateGoodAnswersFromBadOnes() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    KtoTraining.Settings settings =
        new KtoTraining.Settings(24, 16, new KtoLoss(0.3, 1, 1), Adaptation.WHOLE, Tiny.steps(200, 2e-3));
    KtoTraining.Result result = new KtoTraining(settings, RunControl.in(folder.resolve("run")))
        .run(base, judged(800, 1), judged(80, 2), folder.resolve("kto"));
    // Before anything is learnt every gain is 0, where a value function of slope β/4 stands at a half.
    assertThat(result.outcome().curve().getFirst().loss()).isCloseTo(0.5, within(1e-5));
    assertThat(result.after()).isNotNull();
    assertThat(result.after().separation()).isGreaterThan(0.8);
    assertThat(result.after().good() + result.after().bad()).isEqualTo(80);
  }

  @Test
  void resumedRunsEqualUninterruptedOnesBitForBit() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    List<ExamplePair> pairs = Tiny.pairs(60, 1);
    Optimisation eight = Tiny.steps(8, 2e-3);
    for (boolean cut : new boolean[] {false, true}) {
      String name = cut ? "cut" : "whole";
      if (cut) {
        assertThat(new RewardTraining(reward(eight), Tiny.cancelledAfter(3, folder.resolve("r" + name)))
            .run(base, pairs, List.of(), folder.resolve("reward-" + name)).outcome().finished()).isFalse();
        assertThat(new DpoTraining(dpo(Adaptation.WHOLE, eight), Tiny.cancelledAfter(3, folder.resolve("d" + name)))
            .run(base, pairs, List.of(), folder.resolve("dpo-" + name)).outcome().finished()).isFalse();
        assertThat(folder.resolve("dpo-cut")).doesNotExist();
      }
      new RewardTraining(reward(eight), RunControl.in(folder.resolve("r" + name)))
          .run(base, pairs, List.of(), folder.resolve("reward-" + name));
      new DpoTraining(dpo(Adaptation.WHOLE, eight), RunControl.in(folder.resolve("d" + name)))
          .run(base, pairs, List.of(), folder.resolve("dpo-" + name));
    }
    for (String stage : List.of("reward", "dpo")) {
      assertThat(folder.resolve(stage + "-cut/model.safetensors"))
          .hasSameBinaryContentAs(folder.resolve(stage + "-whole/model.safetensors"));
    }
  }

  @Test
  void refusesOtherDataForACheckpointAndDataThatDoesNotFit() throws IOException {
    Path base = Tiny.base(folder.resolve("base"));
    Optimisation few = Tiny.steps(4, 2e-3);
    new DpoTraining(dpo(Adaptation.WHOLE, few), Tiny.cancelledAfter(2, folder.resolve("run")))
        .run(base, Tiny.pairs(20, 1), List.of(), folder.resolve("dpo"));
    assertThatThrownBy(() -> new DpoTraining(dpo(Adaptation.WHOLE, few), RunControl.in(folder.resolve("run")))
        .run(base, Tiny.pairs(20, 7), List.of(), folder.resolve("dpo")))
        .hasMessageContaining("other settings").hasMessageContaining("40 examples");
    assertThatThrownBy(() -> new DpoTraining(
        new DpoTraining.Settings(4, 2, new DpoLoss(0.1, 0), 0, Adaptation.WHOLE, few), RunControl.in(folder.resolve("x")))
        .run(base, Tiny.pairs(20, 1), List.of(), folder.resolve("dpo")))
        .hasMessageContaining("none of 20 pairs fits 4 tokens");
    assertThatThrownBy(() -> new DpoTraining(
        new DpoTraining.Settings(400, 2, new DpoLoss(0.1, 0), 0, Adaptation.WHOLE, few), RunControl.in(folder.resolve("x")))
        .run(base, Tiny.pairs(20, 1), List.of(), folder.resolve("dpo")))
        .hasMessageContaining("64 positions");
    ExamplePair foreign = new ExamplePair(Example.of(new int[] {1}, new int[] {99}), Example.of(new int[] {1}, new int[] {2}));
    assertThatThrownBy(() -> new DpoTraining(dpo(Adaptation.WHOLE, few), RunControl.in(folder.resolve("x")))
        .run(base, List.of(foreign), List.of(), folder.resolve("dpo")))
        .hasMessageContaining("token 99").hasMessageContaining("tokenizer");
    assertThatThrownBy(() -> Optimisation.of(10, Budget.ofSteps(1))).hasMessageContaining("learningRate 10");
  }
}
