// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.tensor.Scope;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;

/** The loop that all stages share: step, clip, log, checkpoint, until the budget is used or somebody stops it. */
final class TrainingLoop {
  /** The part that differs: reads batch number {@code step} (from 0), computes its loss and the gradients. */
  @FunctionalInterface
  interface Batch {
    /** Runs inside an open scope. */
    Result forwardAndBackward(long step);

    /** Loss in nats per predicted token, and how many tokens were read. */
    record Result(double loss, long tokens) {}
  }

  private final String stage;
  private final String settings;
  private final Budget budget;
  private final Schedule schedule;
  private final double peak;
  private final RunControl control;

  /** A loop; {@code settings} is any text that identifies what is trained, and guards a resumed run. */
  TrainingLoop(
      String stage, Object settings, Budget budget, Schedule schedule, double peakLearningRate, RunControl control) {
    this.stage = stage;
    this.settings = settings.toString();
    this.budget = budget;
    this.schedule = schedule;
    this.peak = peakLearningRate;
    this.control = control;
  }

  /**
   * Trains until the budget is used.
   *
   * @throws TrainingDivergedException before the weights are harmed
   */
  Outcome run(AdamW optimiser, Batch batch) throws IOException {
    TrainingState state = new TrainingState(control.folder());
    TrainingState.Position start = state.restore(optimiser, settings)
        .orElse(new TrainingState.Position(settings, 0, 0, 0));
    List<MetricsPoint> curve = state.curveUpTo(start.step());
    long step = start.step();
    long tokens = start.tokens();
    long began = System.nanoTime();
    double seconds = start.seconds();
    double saved = seconds;
    boolean cancelled = false;
    try (BufferedWriter metrics = state.appendMetrics()) {
      while (budget.used(step, seconds) < 1) {
        cancelled = control.cancelled().getAsBoolean();
        if (cancelled || seconds - saved > control.checkpointEvery().toMillis() / 1e3) {
          state.save(optimiser, new TrainingState.Position(settings, step, seconds, tokens));
          saved = seconds;
        }
        if (cancelled) {
          break;
        }
        double rate = peak * schedule.factor(budget.used(step, seconds));
        Batch.Result result;
        double norm;
        try (Scope _ = Scope.open()) {
          result = batch.forwardAndBackward(step);
          norm = optimiser.gradientNorm();
          if (!Double.isFinite(result.loss()) || !Double.isFinite(norm)) {
            throw new TrainingDivergedException(stage, step + 1, result.loss(), norm, remedy(state));
          }
          optimiser.step(rate, norm);
        }
        step++;
        tokens += result.tokens();
        seconds = start.seconds() + (System.nanoTime() - began) / 1e9;
        MetricsPoint point = new MetricsPoint(step, seconds, tokens, result.loss(), rate, norm);
        curve.add(point);
        metrics.write(Json.write(point));
        metrics.newLine();
        control.listener().onStep(progress(point));
      }
      if (!cancelled) {
        // What follows may be interrupted too: measuring, writing, registering.
        state.save(optimiser, new TrainingState.Position(settings, step, seconds, tokens));
      }
    }
    return new Outcome(stage, !cancelled, step, tokens, Duration.ofNanos((long) (seconds * 1e9)), curve);
  }

  /** Deletes the checkpoint of a finished run, once its result is safe. */
  void done() throws IOException {
    new TrainingState(control.folder()).deleteCheckpoint();
  }

  private Progress progress(MetricsPoint point) {
    double used = Math.max(1e-9, budget.used(point.step(), point.seconds()));
    return new Progress(
        stage,
        point.step(),
        Math.max(point.step(), Math.round(point.step() / used)),
        point.loss(),
        point.tokens() / Math.max(1e-9, point.seconds()),
        Duration.ofMillis(Math.round(1e3 * point.seconds() * (1 - used) / used)));
  }

  private static String remedy(TrainingState state) {
    String from = Files.exists(state.checkpoint())
        ? "The last good checkpoint is " + state.checkpoint() + "."
        : "There is no checkpoint yet.";
    return from + " Lower the learning rate, or look for broken data.";
  }
}
