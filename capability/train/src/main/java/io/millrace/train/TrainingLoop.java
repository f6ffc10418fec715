// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.Scope;
import io.millrace.train.tensorboard.EventFile;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/** The loop that all stages share: step, clip, log, checkpoint, until the budget is used or somebody stops it. */
final class TrainingLoop {
  /** The part that differs: reads micro-batch {@code number} (from 0), computes its loss and adds its gradients. */
  @FunctionalInterface
  interface Batch {
    /**
     * Runs inside an open scope.
     *
     * @param number counts micro-batches over the whole run and all processes; what it reads depends on it only, so
     *     that a run can resume. Without accumulation it is the step.
     */
    Result forwardAndBackward(long number);

    /** What micro-batch {@code number} reads, for people who look for what broke a run; empty if that is not known. */
    default List<String> documents(long number) {
      return List.of();
    }

    /** A batch that can say what it reads. */
    static Batch naming(Batch batch, LongFunction<List<String>> documents) {
      return new Batch() {
        @Override
        public Result forwardAndBackward(long number) {
          return batch.forwardAndBackward(number);
        }

        @Override
        public List<String> documents(long number) {
          return documents.apply(number);
        }
      };
    }

    /**
     * What a micro-batch came to.
     *
     * @param loss mean, in nats per predicted token
     * @param tokens read
     * @param weight the backward pass was that of {@code weight · loss}; usually the number of predicted tokens, so
     *     that the step follows the mean over all tokens of its micro-batches
     */
    record Result(double loss, long tokens, double weight) {
      /** A result whose backward pass was that of the mean loss: each micro-batch weighs the same. */
      Result(double loss, long tokens) {
        this(loss, tokens, 1);
      }
    }
  }

  private final String stage;
  private final String settings;
  private final Budget budget;
  private final Schedule schedule;
  private final double peak;
  private final RunControl control;
  private final int accumulate;
  private final int together;

  /** A loop; {@code settings} is any text that identifies what is trained, and guards a resumed run. */
  TrainingLoop(
      String stage, Object settings, Budget budget, Schedule schedule, double peakLearningRate, RunControl control) {
    this(stage, settings.toString(), budget, schedule, peakLearningRate, control, 1, 1);
  }

  private TrainingLoop(
      String stage,
      String settings,
      Budget budget,
      Schedule schedule,
      double peakLearningRate,
      RunControl control,
      int accumulate,
      int together) {
    this.stage = stage;
    this.settings = settings;
    this.budget = budget;
    this.schedule = schedule;
    this.peak = peakLearningRate;
    this.control = control;
    this.accumulate = accumulate;
    this.together = together;
  }

  /** The same loop, whose steps each follow the gradient of so many micro-batches. */
  TrainingLoop accumulating(int microBatches) {
    if (microBatches < 1) {
      throw new IllegalArgumentException("accumulate " + microBatches + ": must be at least 1");
    }
    return new TrainingLoop(stage, settings, budget, schedule, peak, control, microBatches, together);
  }

  /**
   * The same loop, which is stopped and saved only after multiples of so many steps, since those share what is in no
   * checkpoint, such as answers that were sampled before the first of them.
   */
  TrainingLoop together(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("steps " + steps + " that belong together: must be at least 1");
    }
    return new TrainingLoop(stage, settings, budget, schedule, peak, control, accumulate, steps);
  }

  /** The optimiser that this loop is run with; see {@link Optimiser.Settings#over}. */
  Optimiser optimiser(Optimiser.Settings method, Weights masters, Weights working) {
    return method.over(masters, working);
  }

  /**
   * Trains until the budget is used.
   *
   * @throws TrainingDivergedException when loss or gradient are no numbers, before the weights are harmed, or when the
   *     loss has exploded; the last checkpoint was written before that
   */
  Outcome run(Optimiser optimiser, Batch batch) throws IOException {
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
    LossWatch watch = new LossWatch();
    curve.forEach(point -> watch.exploded(point.loss()));
    try (BufferedWriter metrics = state.appendMetrics();
        EventFile events = EventFile.begin(control.folder(), step)) {
      while (budget.used(step, seconds) < 1) {
        boolean between = step % together == 0;
        cancelled = between && control.cancelled().getAsBoolean();
        // A loss that is far off is no moment to replace the last good checkpoint.
        boolean due = between && seconds - saved > control.checkpointEvery().toMillis() / 1e3 && !watch.suspicious();
        if (cancelled || due) {
          state.save(optimiser, new TrainingState.Position(settings, step, seconds, tokens));
          saved = seconds;
        }
        if (cancelled) {
          break;
        }
        double rate = peak * schedule.factor(budget.used(step, seconds));
        double sum = 0;
        double weight = 0;
        for (int part = 0; part < accumulate; part++) {
          try (Scope _ = Scope.open()) {
            Batch.Result result = batch.forwardAndBackward(step * accumulate + part);
            sum += result.weight() * result.loss();
            weight += result.weight();
            tokens += result.tokens();
          }
        }
        double loss = sum / weight;
        double norm;
        try (Scope _ = Scope.open()) {
          norm = optimiser.gradientNorm(weight);
          if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw diverged(state, batch, step, loss, "loss " + loss + ", gradient norm " + norm);
          }
          if (watch.exploded(loss)) {
            throw diverged(state, batch, step, loss,
                "loss %.3f, after several above %.3f, far from what it was".formatted(loss, watch.limit()));
          }
          optimiser.step(rate, norm, weight);
        }
        step++;
        seconds = start.seconds() + (System.nanoTime() - began) / 1e9;
        MetricsPoint point = new MetricsPoint(step, seconds, tokens, loss, rate, norm);
        curve.add(point);
        metrics.write(Json.write(point));
        metrics.newLine();
        metrics.flush(); // somebody may be watching the file
        events.scalars(step, scalars(point, progress(point)));
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

  private static Map<String, Double> scalars(MetricsPoint point, Progress progress) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("loss", point.loss());
    scalars.put("learning_rate", point.learningRate());
    scalars.put("gradient_norm", point.gradientNorm());
    scalars.put("tokens_per_second", progress.tokensPerSecond());
    return scalars;
  }

  private TrainingDivergedException diverged(TrainingState state, Batch batch, long step, double loss, String what) {
    List<String> documents = new ArrayList<>();
    for (int part = 0; part < accumulate; part++) {
      documents.addAll(batch.documents(step * accumulate + part));
    }
    Path checkpoint = Files.exists(state.checkpoint()) ? state.checkpoint() : null;
    return new TrainingDivergedException(stage, step + 1, loss, what, documents, checkpoint);
  }
}
