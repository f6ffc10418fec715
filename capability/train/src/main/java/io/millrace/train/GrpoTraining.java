// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.train.Practice.Attempt;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Advantages;
import io.millrace.train.loss.KlEstimate;
import io.millrace.train.rollout.Sampling;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Teaches a decoder by trial: of several answers to one prompt, those that are rewarded more than the others become
 * likelier (Shao et al. 2024, DeepSeekMath, section 4.1: group-relative policy optimisation). No value function.
 */
public final class GrpoTraining {
  /**
   * How it is trained.
   *
   * @param groups what an iteration samples
   * @param sampling how answers are drawn, and how long they may be
   * @param epochs how often an iteration's answers are learnt from
   * @param batchSize answers of a micro-batch
   * @param objective which variant
   * @param adaptation what of the decoder learns
   * @param optimisation how it learns; its steps are those of the optimiser
   */
  public record Settings(
      GroupSampling groups,
      Sampling sampling,
      int epochs,
      int batchSize,
      GrpoObjective objective,
      Adaptation adaptation,
      Optimisation optimisation) {
    /** Checks that micro-batches make whole steps. */
    public Settings {
      if (sampling.temperature() == 0) {
        throw new IllegalArgumentException("temperature 0.0: answers that are all the same teach nothing");
      }
      rounds(groups, batchSize, epochs, optimisation);
    }

    private static Rounds rounds(GroupSampling groups, int batchSize, int epochs, Optimisation optimisation) {
      return new Rounds(
          groups.prompts() * groups.size(), batchSize, epochs, optimisation.accumulate(), optimisation.seed());
    }
  }

  /** An answer with what an iteration found out about it, by token. */
  private record Experience(
      Example answer, boolean learnt, double[] sampled, double[] reference, double[] advantages) {}

  private final Settings settings;
  private final RunControl control;
  private final Rounds rounds;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public GrpoTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
    this.rounds = Settings.rounds(settings.groups, settings.batchSize, settings.epochs, settings.optimisation);
  }

  /**
   * Trains a decoder on exercises and, unless cancelled, writes it.
   *
   * @param base Hugging Face folder of the decoder to begin with, which is also the reference
   * @param heldOut exercises to measure on; may be empty
   * @param output becomes a Hugging Face folder
   */
  public PolicyResult run(Path base, List<Exercise> all, List<Exercise> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation);
        Decoder reference = settings.objective.kl() > 0 ? model.reference() : null) {
      return new PolicyRun("grpo", settings, rounds, settings.sampling, optimisation, control).run(
          model, loop -> model.optimiser(loop, optimisation.method()),
          (practice, exercises, _) -> new Iteration(model.decoder(), reference, practice, exercises), all, heldOut, output);
    }
  }

  /** Sampling, and the micro-batches that learn from what was sampled. */
  private final class Iteration implements PolicyRun.Trial {
    private final Decoder decoder;
    private final @Nullable Decoder reference;
    private final Practice practice;
    private final List<Exercise> exercises;
    private final PolicyTally tally = new PolicyTally();
    private List<Experience> experiences = List.of();

    Iteration(Decoder decoder, @Nullable Decoder reference, Practice practice, List<Exercise> exercises) {
      this.decoder = decoder;
      this.reference = reference;
      this.practice = practice;
      this.exercises = exercises;
    }

    @Override
    public PolicyMetrics metrics(long iteration) {
      return tally.metrics(iteration, settings.objective.kl());
    }

    @Override
    public TrainingLoop.Batch.Result learn(long number) {
      return learn(rounds.batch(experiences, number));
    }

    @Override
    public void sample(long number) {
      GroupSampling.Sampled sampled = settings.groups.sample(practice, exercises, number);
      List<Attempt> attempts = sampled.groups().stream().flatMap(List::stream).toList();
      List<Example> answers = attempts.stream().map(Attempt::example).toList();
      double temperature = settings.sampling.temperature();
      // Read once more as training reads: a cache rounds otherwise, and ratios should begin at 1.
      List<double[]> now = PolicyPass.logProbs(decoder, answers, temperature, settings.batchSize);
      List<double[]> then =
          reference == null ? now : PolicyPass.logProbs(reference, answers, temperature, settings.batchSize);
      experiences = new ArrayList<>();
      for (List<Attempt> group : sampled.groups()) {
        double[] rewards = group.stream().mapToDouble(attempt -> attempt.score().value()).toArray();
        double[] advantages = Advantages.ofGroup(rewards, settings.objective.normalised());
        for (int i = 0; i < advantages.length; i++) {
          int index = experiences.size();
          double[] byToken = new double[now.get(index).length];
          Arrays.fill(byToken, advantages[i]);
          boolean learnt = settings.objective.learnCutOff() || group.get(i).rollout().finished();
          experiences.add(new Experience(answers.get(index), learnt, now.get(index), then.get(index), byToken));
        }
      }
      tally.sampled(Practice.mean(sampled.all()), reference == null ? null : PolicyTally.kl(now, then));
    }

    private TrainingLoop.Batch.Result learn(List<Experience> batch) {
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      PolicyPass pass = PolicyPass.of(
          decoder, batch.stream().map(Experience::answer).toList(), settings.sampling.temperature(), auxiliary);
      Tensor logProbs = pass.logProbs();
      Tensor sampled = pass.perToken(batch.stream().map(Experience::sampled).toList());
      Tensor advantages = pass.perToken(batch.stream().map(Experience::advantages).toList());
      int[] lengths = batch.stream().mapToInt(one -> one.sampled.length).toArray();
      Tensor weights = pass.perToken(weights(batch, lengths));
      GrpoObjective objective = settings.objective;
      Tensor loss = objective.clip().of(logProbs, sampled, advantages, weights);
      if (objective.kl() > 0) {
        Tensor then = pass.perToken(batch.stream().map(Experience::reference).toList());
        loss = loss.add(KlEstimate.k3(logProbs, then).mul(weights).sum().mul(new Scalar(objective.kl())));
      }
      tally.learnt(pass, objective.clip(), logProbs, sampled, advantages);
      return pass.batch().backward(auxiliary.addTo(loss), objective.weighting().items(lengths));
    }

    private List<double[]> weights(List<Experience> batch, int[] lengths) {
      double[] ofAnswers = settings.objective.weighting().of(lengths, settings.sampling.maxTokens());
      List<double[]> weights = new ArrayList<>();
      for (int i = 0; i < lengths.length; i++) {
        double[] ofTokens = new double[lengths[i]];
        Arrays.fill(ofTokens, batch.get(i).learnt ? ofAnswers[i] : 0);
        weights.add(ofTokens);
      }
      return weights;
    }
  }
}
