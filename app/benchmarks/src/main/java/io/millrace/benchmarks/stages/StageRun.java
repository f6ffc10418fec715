// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.stages;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.Torch;
import io.millrace.train.AdamW;
import io.millrace.train.Budget;
import io.millrace.train.Distillation;
import io.millrace.train.DpoTraining;
import io.millrace.train.Example;
import io.millrace.train.FineTuning;
import io.millrace.train.GroupSampling;
import io.millrace.train.GrpoObjective;
import io.millrace.train.GrpoTraining;
import io.millrace.train.Optimisation;
import io.millrace.train.Outcome;
import io.millrace.train.Perplexity;
import io.millrace.train.PolicyResult;
import io.millrace.train.PolicyScore;
import io.millrace.train.PpoObjective;
import io.millrace.train.PpoTraining;
import io.millrace.train.Pretraining;
import io.millrace.train.RunControl;
import io.millrace.train.Schedule;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Divergence;
import io.millrace.train.loss.DpoLoss;
import io.millrace.train.rollout.DecoderPolicy;
import io.millrace.train.rollout.Policy;
import io.millrace.train.rollout.Sampling;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** All stages, one after the other, with one seed. */
final class StageRun {
  private static final int ROW = 128;
  /** Tokens that a student goes on from. */
  private static final int PROMPT = 32;

  private final StageData data;
  private final Path folder;
  private final int seed;
  private final double share;
  private final BenchRun run;

  /** A run whose stages take the given share of their usual steps. */
  StageRun(StageData data, Path folder, int seed, double share, BenchRun run) {
    this.data = data;
    this.folder = folder;
    this.seed = seed;
    this.share = share;
    this.run = run;
  }

  void all() throws IOException {
    pretrain("pretrained", shape());
    fineTune();
    prefer();
    reinforce();
    reinforceWithValues();
    distil();
  }

  /** About a million numbers. */
  private DecoderConfig shape() {
    return new DecoderConfig(data.vocabulary(), 128, 352, 4, 4, 2, 32, 256, 10_000, 1e-5, true, -1, 0, -1);
  }

  private DecoderConfig smaller() {
    return new DecoderConfig(data.vocabulary(), 64, 176, 2, 2, 1, 32, 256, 10_000, 1e-5, true, -1, 0, -1);
  }

  private double pretrain(String name, DecoderConfig shape) throws IOException {
    long steps = steps(160);
    Pretraining.Settings settings = new Pretraining.Settings(shape, ROW, 8, 3e-3,
        new Schedule.WarmupStableDecay(0.02, 0.4, 0.02), Budget.ofSteps(steps), AdamW.Settings.DECODER, Torch.fastest(), seed);
    Pretraining.Result result =
        new Pretraining(settings, control(name)).run(data.text(), data.unseenText(), folder.resolve(name));
    Files.copy(data.folder().resolve(Tokenizer.FILE), folder.resolve(name).resolve(Tokenizer.FILE));
    double before;
    try (Decoder random = Decoder.random(shape, seed)) {
      before = Perplexity.of(random, data.unseenText(), ROW);
    }
    double after = Objects.requireNonNull(result.heldOutPerplexity());
    row(name, "held-out perplexity", after, "per token", "before", before);
    curve(name, result.outcome());
    return after;
  }

  private void fineTune() throws IOException {
    FineTuning.Settings settings =
        new FineTuning.Settings(StageData.LONGEST, 6, Adaptation.WHOLE, optimisation(1.5e-3, 96));
    FineTuning.Result result = new FineTuning(settings, control("tuned"))
        .run(folder.resolve("pretrained"), data.answers(), data.unseenAnswers(), folder.resolve("tuned"));
    row("sft", "held-out answer loss", Objects.requireNonNull(result.lossAfter()), "nats/token",
        "before", Objects.requireNonNull(result.lossBefore()));
    curve("sft", result.outcome());
  }

  private void prefer() throws IOException {
    DpoTraining.Settings settings = new DpoTraining.Settings(
        StageData.LONGEST, 8, new DpoLoss(0.1, 0), 0, Adaptation.WHOLE, optimisation(2e-4, 48));
    DpoTraining.Result result = new DpoTraining(settings, control("dpo"))
        .run(folder.resolve("tuned"), data.pairs(), data.unseenPairs(), folder.resolve("dpo"));
    var after = Objects.requireNonNull(result.after());
    row("dpo", "held-out pairs ranked right", after.accuracy(), "share", "before", 0.5);
    row("dpo", "held-out pair loss", after.loss(), "nats", "before", Math.log(2));
  }

  private void reinforce() throws IOException {
    GrpoTraining.Settings settings = new GrpoTraining.Settings(new GroupSampling(8, 8, 2), sampling(), 1, 32,
        GrpoObjective.GRPO.withKl(0.01), Adaptation.WHOLE, optimisation(1e-3, 48));
    policy("grpo", new GrpoTraining(settings, control("grpo"))
        .run(folder.resolve("tuned"), data.exercises(), data.unseenExercises(), folder.resolve("grpo")));
  }

  private void reinforceWithValues() throws IOException {
    PpoTraining.Settings settings = new PpoTraining.Settings(
        64, sampling(), 2, 32, PpoObjective.towards(6), Adaptation.WHOLE, optimisation(1e-3, 96));
    policy("ppo", new PpoTraining(settings, control("ppo"))
        .run(folder.resolve("tuned"), data.exercises(), data.unseenExercises(), folder.resolve("ppo")));
  }

  private void policy(String name, PolicyResult result) {
    PolicyScore before = Objects.requireNonNull(result.before());
    PolicyScore after = Objects.requireNonNull(result.after());
    row(name, "held-out reward for one brief sentence", after.reward(), "of 1", "before", before.reward());
    row(name, "held-out answer length", after.length(), "tokens", "before", before.length());
    var last = result.curve().getLast();
    row(name, "entropy", last.entropy(), "nats/token", "first iteration", result.curve().getFirst().entropy());
    row(name, "divergence from the start, last iteration", last.kl() == null ? Double.NaN : last.kl(), "nats/answer", null, null);
  }

  /** A student of a fifth of the size, on as many tokens as one of its kind that learns from the text alone. */
  private void distil() throws IOException {
    double alone = Math.log(pretrain("small-alone", smaller()));
    Distillation.Settings settings = new Distillation.Settings(ROW, 8, Divergence.FORWARD, 1, 0.3, 0, sampling(),
        Adaptation.WHOLE, new Optimisation(3e-3, new Schedule.WarmupStableDecay(0.02, 0.4, 0.02),
            Budget.ofSteps(steps(160)), AdamW.Settings.DECODER, 1, false, Torch.fastest(), seed));
    Distillation.Result result = new Distillation(settings, control("distilled")).run(folder.resolve("pretrained"),
        smaller(), windows(1), unseenWindows(), folder.resolve("distilled"));
    Distillation.Score before = Objects.requireNonNull(result.before());
    Distillation.Score after = Objects.requireNonNull(result.after());
    row("distillation", "held-out divergence from the teacher", after.divergence(), "nats/token", "before", before.divergence());
    row("distillation", "held-out loss", after.loss(), "nats/token", "before", before.loss());
    double perplexity;
    try (Decoder student = DecoderFolder.load(folder.resolve("distilled"))) {
      perplexity = Perplexity.of(student, data.unseenText(), ROW);
    }
    row("distillation", "held-out loss, whole text", Math.log(perplexity), "nats/token", "as small, without a teacher", alone);
    onPolicy();
  }

  /**
   * The student goes on, half of the time with answers of its own. On those alone it would learn to go on from what it
   * says and unlearn the text that is measured: see docs/lab-notes.md.
   */
  private void onPolicy() throws IOException {
    Distillation.Settings settings = new Distillation.Settings(ROW, 16, new Divergence.JensenShannon(0.1), 1, 0, 0.5,
        Sampling.plain(48, 0), Adaptation.WHOLE, optimisation(1e-3, 48));
    Distillation.Result result = new Distillation(settings, control("on-policy")).run(folder.resolve("pretrained"),
        folder.resolve("distilled"), windows(PROMPT), unseenWindows(), folder.resolve("on-policy"));
    row("distillation on-policy", "held-out divergence from the teacher", Objects.requireNonNull(result.after()).divergence(),
        "nats/token", "before", Objects.requireNonNull(result.before()).divergence());
    row("distillation on-policy", "divergence from the teacher on its own answers", onOwn("on-policy"), "nats/token",
        "before", onOwn("distilled"));
  }

  /** How far a student is from its teacher on what it says itself after held-out prompts. */
  private double onOwn(String student) throws IOException {
    List<Example> prompts = StageData.windows(data.unseenText(), ROW, PROMPT, 160);
    List<Policy.Request> requests = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      requests.add(new Policy.Request(Arrays.copyOf(prompts.get(i).tokens(), PROMPT), seed * 1_000L + i));
    }
    try (Decoder teacher = DecoderFolder.load(folder.resolve("pretrained"));
        Decoder decoder = DecoderFolder.load(folder.resolve(student))) {
      List<Example> said = new DecoderPolicy(decoder, 40).sample(requests, Sampling.plain(48, 0)).stream()
          .map(rollout -> Example.of(rollout.prompt(), rollout.answer())).toList();
      return Distillation.score(teacher, decoder, said, 20).divergence();
    }
  }

  private List<Example> windows(int prompt) {
    return StageData.windows(data.text(), ROW, prompt, Integer.MAX_VALUE);
  }

  private List<Example> unseenWindows() {
    return StageData.windows(data.unseenText(), ROW, 1, 160);
  }

  private Sampling sampling() throws IOException {
    try (Tokenizer tokenizer = Tokenizer.load(data.folder())) {
      return Sampling.plain(32, ChatTemplate.chatMl(tokenizer).end());
    }
  }

  private Optimisation optimisation(double rate, long usual) {
    return new Optimisation(rate, new Schedule.Cosine(0.05, 0.05), Budget.ofSteps(steps(usual)),
        AdamW.Settings.DECODER, 1, false, Torch.fastest(), seed);
  }

  private long steps(long usual) {
    return Math.max(8, Math.round(usual * share / 8) * 8);
  }

  private RunControl control(String stage) {
    run.say("seed " + seed + ": " + stage);
    return RunControl.in(folder.resolve("runs").resolve(stage));
  }

  /** Points of the loss curve: the mean of each quarter of the run. */
  private void curve(String stage, Outcome outcome) {
    int size = outcome.curve().size();
    for (int quarter = 0; quarter < 4; quarter++) {
      double loss = outcome.curve().subList(quarter * size / 4, (quarter + 1) * size / 4).stream()
          .mapToDouble(point -> point.loss()).average().orElse(Double.NaN);
      row(stage, "training loss, quarter " + (quarter + 1), loss, "nats/token", null, null);
    }
  }

  private void row(String stage, String metric, double value, String unit, @Nullable String reference, @Nullable Double against) {
    String subject = stage + "-seed" + seed;
    run.add(reference == null || against == null
        ? Row.alone(subject, metric, value, unit)
        : Row.against(subject, metric, value, unit, reference, against));
  }
}
