// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.train.Practice.Attempt;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Advantages;
import io.millrace.train.rollout.Sampling;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Teaches a decoder by trial, with a head that learns to predict what answers will be worth, so that each token is
 * compared with what was to be expected before it (Schulman et al. 2017, PPO; Ziegler et al. 2019 for language models).
 * Leaving the reference costs reward at every token, and the price follows a target.
 */
public final class PpoTraining {
  private static final String HEAD = "value.weight";

  /**
   * How it is trained.
   *
   * @param answers sampled in an iteration, each to another prompt as far as there are as many
   * @param sampling how answers are drawn, and how long they may be
   * @param epochs how often an iteration's answers are learnt from
   * @param batchSize answers of a micro-batch
   * @param objective what is followed
   * @param adaptation what of the decoder learns; the head always does
   * @param optimisation how it learns; its steps are those of the optimiser
   */
  public record Settings(
      int answers,
      Sampling sampling,
      int epochs,
      int batchSize,
      PpoObjective objective,
      Adaptation adaptation,
      Optimisation optimisation) {
    /** Checks that micro-batches make whole steps. */
    public Settings {
      if (sampling.temperature() == 0) {
        throw new IllegalArgumentException("temperature 0.0: always the same answer, so nothing is tried");
      }
      rounds(answers, batchSize, epochs, optimisation);
    }

    private static Rounds rounds(int answers, int batchSize, int epochs, Optimisation optimisation) {
      return new Rounds(answers, batchSize, epochs, optimisation.accumulate(), optimisation.seed());
    }
  }

  /** An answer with what an iteration found out about it, by token. */
  private record Experience(
      Example answer, double[] sampled, double[] values, double[] advantages, double[] returns) {}

  private final Settings settings;
  private final RunControl control;
  private final Rounds rounds;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public PpoTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
    this.rounds = Settings.rounds(settings.answers, settings.batchSize, settings.epochs, settings.optimisation);
  }

  /**
   * Trains a decoder on exercises and, unless cancelled, writes it; the head is not kept.
   *
   * @param base Hugging Face folder of the decoder to begin with, which is also the reference
   * @param heldOut exercises to measure on; may be empty
   * @param output becomes a Hugging Face folder
   */
  public PolicyResult run(Path base, List<Exercise> all, List<Exercise> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation);
        Decoder reference = model.reference();
        ScalarHead head = ScalarHead.zero(HEAD, model.decoder().config().hiddenSize(),
            model.decoder().weights().device(), optimisation.precision())) {
      return new PolicyRun("ppo", settings, rounds, settings.sampling, optimisation, control).run(
          model, loop -> model.optimiser(loop, optimisation.method(), head),
          (practice, exercises, curve) -> new Iteration(model.decoder(), reference, head, practice, exercises, curve),
          all, heldOut, output);
    }
  }

  /** Sampling, and the micro-batches that learn from what was sampled. */
  private final class Iteration implements PolicyRun.Trial {
    private final Decoder decoder;
    private final Decoder reference;
    private final ScalarHead head;
    private final Practice practice;
    private final List<Exercise> exercises;
    private final PolicyCurve curve;
    private final PolicyTally tally = new PolicyTally();
    private List<Experience> experiences = List.of();
    private double klWeight;

    Iteration(
        Decoder decoder,
        Decoder reference,
        ScalarHead head,
        Practice practice,
        List<Exercise> exercises,
        PolicyCurve curve) {
      this.decoder = decoder;
      this.reference = reference;
      this.head = head;
      this.practice = practice;
      this.exercises = exercises;
      this.curve = curve;
    }

    @Override
    public PolicyMetrics metrics(long iteration) {
      return tally.metrics(iteration, klWeight);
    }

    @Override
    public TrainingLoop.Batch.Result learn(long number) {
      return learn(rounds.batch(experiences, number));
    }

    /** What the iteration before, if there was one, makes of the weight that it had. */
    private double klWeight() {
      if (curve.points().isEmpty()) {
        return settings.objective.kl().start();
      }
      PolicyMetrics last = curve.points().getLast();
      return settings.objective.kl().next(last.klWeight(), last.kl() == null ? 0 : last.kl());
    }

    @Override
    public void sample(long number) {
      klWeight = klWeight();
      List<Attempt> attempts =
          practice.attempts(practice.exercises(exercises, settings.answers, number), 1, number);
      List<Example> answers = attempts.stream().map(Attempt::example).toList();
      List<double[]> values = new ArrayList<>();
      List<double[]> now = judged(answers, values);
      List<double[]> then =
          PolicyPass.logProbs(reference, answers, settings.sampling.temperature(), settings.batchSize);
      List<Advantages.Estimate> estimates = new ArrayList<>();
      for (int i = 0; i < answers.size(); i++) {
        double[] rewards = rewards(now.get(i), then.get(i), attempts.get(i).score().value());
        estimates.add(Advantages.generalised(
            rewards, values.get(i), settings.objective.discount(), settings.objective.lambda()));
      }
      double[] standardised =
          estimates.stream().flatMapToDouble(estimate -> Arrays.stream(estimate.advantages())).toArray();
      Advantages.standardise(standardised);
      experiences = new ArrayList<>();
      int from = 0;
      for (int i = 0; i < answers.size(); i++) {
        int to = from + now.get(i).length;
        experiences.add(new Experience(answers.get(i), now.get(i), values.get(i),
            Arrays.copyOfRange(standardised, from, to), estimates.get(i).returns()));
        from = to;
      }
      tally.sampled(Practice.mean(attempts), PolicyTally.kl(now, then));
    }

    /** The log-probabilities of answers by token, and the head's prediction before each, which it adds to {@code values}. */
    private List<double[]> judged(List<Example> answers, List<double[]> values) {
      List<double[]> logProbs = new ArrayList<>();
      for (int from = 0; from < answers.size(); from += settings.batchSize) {
        List<Example> some = answers.subList(from, Math.min(answers.size(), from + settings.batchSize));
        try (Scope _ = Scope.open();
            NoGrad _ = NoGrad.open()) {
          PolicyPass pass = PolicyPass.of(decoder, some, settings.sampling.temperature(), AuxiliaryLosses.none());
          logProbs.addAll(pass.batch().byExample(pass.logProbs()));
          values.addAll(pass.batch().byExample(head.apply(pass.states())));
        }
      }
      return logProbs;
    }

    /** The price of leaving the reference at each token; the answer's own reward comes with its last one. */
    private double[] rewards(double[] now, double[] then, double score) {
      double[] rewards = new double[now.length];
      Arrays.setAll(rewards, t -> -klWeight * (now[t] - then[t]));
      rewards[rewards.length - 1] += score;
      return rewards;
    }

    private TrainingLoop.Batch.Result learn(List<Experience> batch) {
      PpoObjective objective = settings.objective;
      AuxiliaryLosses auxiliary = new AuxiliaryLosses();
      PolicyPass pass = PolicyPass.of(
          decoder, batch.stream().map(Experience::answer).toList(), settings.sampling.temperature(), auxiliary);
      Tensor logProbs = pass.logProbs();
      Tensor values = head.apply(pass.states());
      Tensor sampled = pass.perToken(batch.stream().map(Experience::sampled).toList());
      Tensor advantages = pass.perToken(batch.stream().map(Experience::advantages).toList());
      Tensor returns = pass.perToken(batch.stream().map(Experience::returns).toList());
      Tensor predicted = pass.perToken(batch.stream().map(Experience::values).toList());
      double tokens = logProbs.numel();
      Tensor weights = torch.full_like(logProbs.detach(), new Scalar(1 / tokens));
      Tensor loss = objective.clip().of(logProbs, sampled, advantages, weights)
          .add(objective.value().of(values, predicted, returns, weights).mul(new Scalar(objective.valueWeight())));
      tally.learnt(pass, objective.clip(), logProbs, sampled, advantages);
      tally.valued(values, returns);
      return pass.batch().backward(auxiliary.addTo(loss), tokens);
    }
  }
}
