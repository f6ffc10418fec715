// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.rollout.DecoderPolicy;
import io.millrace.train.rollout.Sampling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * What stages have in common that learn by trial: exercises that fit, iterations of sampling and learning, their curve, the
 * measure before and after, and the result.
 *
 * @param name of the stage
 * @param settings of the stage, which an interrupted run must find again
 * @param rounds how iterations are made of steps
 */
record PolicyRun(
    String name, Record settings, Rounds rounds, Sampling sampling, Optimisation optimisation, RunControl control) {
  /** What the stages differ in. */
  interface Trial {
    /** Tries answers, from which the steps until the next iteration learn. */
    void sample(long iteration);

    /** Learns from the micro-batch of that number. */
    TrainingLoop.Batch.Result learn(long number);

    /** What the iteration showed, once its last step is done. */
    PolicyMetrics metrics(long iteration);
  }

  /** Makes a trial of what it samples with, what it samples for, and the iterations so far. */
  @FunctionalInterface
  interface Beginning {
    Trial trial(Practice practice, List<Exercise> exercises, PolicyCurve curve);
  }

  /**
   * Trains a decoder on exercises and, unless cancelled, writes it.
   *
   * @param optimiser of all that learns
   */
  PolicyResult run(TrainedDecoder model, Function<TrainingLoop, Optimiser> optimiser, Beginning beginning,
      List<Exercise> all, List<Exercise> heldOut, Path output) throws IOException {
    int positions = model.decoder().config().maxPositions();
    List<Exercise> exercises = Exercise.fitting(all, sampling.maxTokens(), positions);
    List<Exercise> unseen = heldOut.isEmpty() ? heldOut : Exercise.fitting(heldOut, sampling.maxTokens(), positions);
    Practice practice =
        new Practice(new DecoderPolicy(model.decoder(), rounds.answers()), sampling, optimisation.seed());
    PolicyScore before = practice.score(unseen);
    PolicyCurve curve = new PolicyCurve(control.folder());
    Trial trial = beginning.trial(practice, exercises, curve);
    TrainingLoop loop = optimisation.loop(name, settings + ", " + Exercise.fingerprint(exercises), control)
        .together(rounds.steps()).unbounded();
    Outcome outcome;
    try (Optimiser learning = optimiser.apply(loop)) {
      outcome = loop.run(learning, number -> step(trial, curve, number));
    }
    int skipped = all.size() - exercises.size();
    if (!outcome.finished()) {
      return new PolicyResult(outcome, curve.points(), before, null, skipped);
    }
    loop.write(() -> model.save(output));
    PolicyScore after = practice.score(unseen);
    loop.done();
    return new PolicyResult(outcome, curve.points(), before, after, skipped);
  }

  private TrainingLoop.Batch.Result step(Trial trial, PolicyCurve curve, long number) {
    if (rounds.begins(number)) {
      curve.upTo(rounds.iteration(number));
      trial.sample(rounds.iteration(number));
    }
    TrainingLoop.Batch.Result result = trial.learn(number);
    if (rounds.ends(number)) {
      curve.add(trial.metrics(rounds.iteration(number)));
    }
    return result;
  }
}
