// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.Weights;
import io.millrace.tensor.Scope;
import io.millrace.train.distributed.Agreement;
import io.millrace.train.distributed.DistributedOptimiser;
import io.millrace.train.distributed.Distribution;
import io.millrace.train.tensorboard.EventFile;
import org.jspecify.annotations.Nullable;

import java.io.BufferedWriter;
import java.io.IOException;
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

  /**
   * What a stage asks of its steps.
   *
   * @param accumulate micro-batches of a step, over all processes
   * @param together steps that share what is in no checkpoint
   * @param unbounded whether a loss that jumps is nothing unusual
   * @param unison whether all processes read each micro-batch, of which every one of them says what it came to
   */
  private record Steps(int accumulate, int together, boolean unbounded, boolean unison) {}

  private final String stage;
  private final String settings;
  private final Budget budget;
  private final Schedule schedule;
  private final double peak;
  private final RunControl control;
  private final Steps steps;

  /** A loop; {@code settings} is any text that identifies what is trained, and guards a resumed run. */
  TrainingLoop(
      String stage, Object settings, Budget budget, Schedule schedule, double peakLearningRate, RunControl control) {
    this(stage, settings.toString(), budget, schedule, peakLearningRate, control, new Steps(1, 1, false, false));
  }

  private TrainingLoop(
      String stage,
      String settings,
      Budget budget,
      Schedule schedule,
      double peakLearningRate,
      RunControl control,
      Steps steps) {
    this.stage = stage;
    this.settings = settings;
    this.budget = budget;
    this.schedule = schedule;
    this.peak = peakLearningRate;
    this.control = control;
    this.steps = steps;
  }

  private TrainingLoop with(Steps other) {
    return new TrainingLoop(stage, settings, budget, schedule, peak, control, other);
  }

  /** The same loop, whose steps each follow the gradient of so many micro-batches. */
  TrainingLoop accumulating(int microBatches) {
    if (microBatches < 1) {
      throw new IllegalArgumentException("accumulate " + microBatches + ": must be at least 1");
    }
    return with(new Steps(microBatches, steps.together, steps.unbounded, steps.unison));
  }

  /**
   * The same loop, which is stopped and saved only after multiples of so many steps, since those share what is in no
   * checkpoint, such as answers that were sampled before the first of them.
   */
  TrainingLoop together(int number) {
    if (number < 1) {
      throw new IllegalArgumentException("steps " + number + " that belong together: must be at least 1");
    }
    return with(new Steps(steps.accumulate, number, steps.unbounded, steps.unison));
  }

  /**
   * The same loop, for a loss that follows rewards, which have no bound: it jumps where nothing has gone wrong, so that
   * only what is no number stops the run.
   */
  TrainingLoop unbounded() {
    return with(new Steps(steps.accumulate, steps.together, true, steps.unison));
  }

  /**
   * The same loop, for processes that hold one model together: micro-batches are not dealt among them, but all compute
   * each one, and the batch says in every process what it came to as a whole.
   */
  TrainingLoop inUnison() {
    return with(new Steps(steps.accumulate, steps.together, steps.unbounded, true));
  }

  /** The same loop, which does not continue a run that read other data; see {@link DataFingerprint}. */
  TrainingLoop reading(String fingerprint) {
    return new TrainingLoop(stage, settings + " data=" + fingerprint, budget, schedule, peak, control, steps);
  }

  /** The optimiser that this loop is run with; see {@link Optimiser.Settings#over}. */
  Optimiser optimiser(Optimiser.Settings method, Weights masters, Weights working) {
    return DistributedOptimiser.over(control.distribution(), method, masters, working);
  }

  /**
   * Trains until the budget is used.
   *
   * <p>A checkpoint is written once the weights that it holds have been seen to give a good loss: in the middle of the
   * next step. A run that continues from it reads that step's batch again.
   *
   * @throws TrainingDivergedException when loss or gradient are no numbers, before the weights are harmed, or when the
   *     loss has exploded; the last checkpoint was written before that
   */
  Outcome run(Optimiser optimiser, Batch batch) throws IOException {
    Distribution processes = control.distribution();
    requireDivisible(processes.size());
    Agreement agreed = new Agreement(processes.group());
    agreed.requireSame("settings of " + stage, settings + " accumulate=" + steps.accumulate);
    TrainingState state = new TrainingState(control.folder(), processes);
    TrainingState.Position start = state.restore(optimiser, settings)
        .orElse(new TrainingState.Position(settings, 0, 0, 0));
    List<MetricsPoint> curve = state.curveUpTo(start.step());
    long step = start.step();
    long tokens = start.tokens();
    long began = System.nanoTime();
    double seconds = start.seconds();
    double saved = seconds;
    long savedStep = step > 0 ? step : -1;
    boolean cancelled = false;
    LossWatch watch = new LossWatch();
    if (!steps.unbounded) {
      curve.forEach(point -> watch.exploded(point.loss()));
    }
    try (BufferedWriter metrics = state.appendMetrics();
        @Nullable EventFile events = processes.leads() ? EventFile.begin(control.folder(), step) : null) {
      while (budget.used(step, seconds) < 1) {
        boolean between = step % steps.together == 0;
        cancelled = between && agreed.any(control.cancelled().getAsBoolean());
        TrainingState.Position here = new TrainingState.Position(settings, step, seconds, tokens);
        if (cancelled) {
          // Somebody is waiting, so no batch is read first; but weights that are under suspicion replace no good ones.
          if (!watch.suspicious() && step != savedStep) {
            state.save(optimiser, here);
          }
          break;
        }
        double rate = peak * schedule.factor(budget.used(step, seconds));
        Reading reading = read(optimiser, batch, step, agreed);
        tokens += reading.tokens;
        double norm;
        try (Scope _ = Scope.open()) {
          norm = optimiser.gradientNorm(reading.weight);
          judge(state, batch, step, reading.loss, norm, watch);
          // Only now is it known what these weights are worth. What is saved already is not written over itself.
          if (between && seconds - saved > control.checkpointEvery().toMillis() / 1e3 && !watch.suspicious()
              && step != savedStep) {
            state.save(optimiser, here);
            saved = seconds;
            savedStep = step;
          }
          optimiser.step(rate, norm, reading.weight);
        }
        step++;
        // Rank 0's clock, so that all end with the same step.
        seconds = agreed.leaders(start.seconds() + (System.nanoTime() - began) / 1e9);
        MetricsPoint point = new MetricsPoint(step, seconds, tokens, reading.loss, rate, norm);
        curve.add(point);
        metrics.write(Json.write(point));
        metrics.newLine();
        // Somebody may be watching the file, and a kill must not leave a checkpoint that is newer than the curve.
        metrics.flush();
        if (events != null) {
          Progress progress = Progress.of(stage, budget, point);
          events.scalars(step, scalars(point, progress));
          control.listener().onStep(progress);
        }
      }
      if (!cancelled) {
        settle(state, optimiser, batch, step, watch, agreed);
        // What follows may be interrupted too: measuring, writing, registering.
        if (step != savedStep) {
          state.save(optimiser, new TrainingState.Position(settings, step, seconds, tokens));
        }
        optimiser.finish();
      }
    }
    return new Outcome(stage, !cancelled, step, tokens, Duration.ofNanos((long) (seconds * 1e9)), curve);
  }

  /** What the micro-batches of a step came to, over all processes: the mean loss, their weight, the tokens read. */
  private record Reading(double loss, double weight, long tokens) {}

  /** Forward and backward passes of a step, whose gradients the optimiser then has. */
  private Reading read(Optimiser optimiser, Batch batch, long step, Agreement agreed) {
    Distribution processes = control.distribution();
    int first = steps.unison ? 0 : processes.rank();
    int stride = steps.unison ? 1 : processes.size();
    double sum = 0;
    double weight = 0;
    double tokens = 0;
    for (int part = first; part < steps.accumulate; part += stride) {
      boolean last = part + stride >= steps.accumulate;
      try (Scope _ = Scope.open()) {
        optimiser.beginning(last);
        Batch.Result result = batch.forwardAndBackward(step * steps.accumulate + part);
        optimiser.ended(last);
        sum += result.weight() * result.loss();
        weight += result.weight();
        tokens += result.tokens();
      }
    }
    // What all know alike counts once.
    double counts = steps.unison && !processes.leads() ? 0 : 1;
    double[] all = agreed.sum(counts * sum, counts * weight, counts * tokens);
    return new Reading(all[0] / all[1], all[1], (long) all[2]);
  }

  private void judge(TrainingState state, Batch batch, long step, double loss, double norm, LossWatch watch) {
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      throw diverged(state, batch, step, loss, "loss " + loss + ", gradient norm " + norm);
    }
    if (!steps.unbounded && watch.exploded(loss)) {
      throw diverged(state, batch, step, loss,
          "loss %.3f, after several above %.3f, far from what it was".formatted(loss, watch.limit()));
    }
  }

  /**
   * Asks a run that ends with a loss far off about the batches that would follow, without a step: one bad batch at the
   * end is no reason to lose a run, but weights that give bad losses again and again are no result.
   */
  private void settle(
      TrainingState state, Optimiser optimiser, Batch batch, long end, LossWatch watch, Agreement agreed) {
    for (long step = end; watch.suspicious(); step++) {
      judge(state, batch, step, read(optimiser, batch, step, agreed).loss, 0, watch);
    }
  }

  private void requireDivisible(int processes) {
    if (!steps.unison && steps.accumulate % processes != 0) {
      throw new IllegalArgumentException(
          "accumulate %d: the micro-batches of a step cannot be divided among %d processes; use a multiple of %d"
              .formatted(steps.accumulate, processes, processes));
    }
  }

  /** What is written once. */
  interface Writing {
    void write() throws IOException;
  }

  /** Lets one process write, while the others wait until it is written. */
  void write(Writing writing) throws IOException {
    if (control.distribution().leads()) {
      writing.write();
    }
    control.distribution().group().barrier();
  }

  /** Deletes the checkpoint of a finished run, once its result is safe. */
  void done() throws IOException {
    new TrainingState(control.folder(), control.distribution()).deleteCheckpoint();
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
    for (int part = 0; part < steps.accumulate; part++) {
      documents.addAll(batch.documents(step * steps.accumulate + part));
    }
    return new TrainingDivergedException(stage, step + 1, loss, what, documents, state.checkpoint().orElse(null));
  }
}
