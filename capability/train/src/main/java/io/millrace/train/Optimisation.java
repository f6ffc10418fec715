// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;

/**
 * What every stage that trains a decoder or an encoder has to say about its steps.
 *
 * @param learningRate at the peak
 * @param schedule of the learning rate
 * @param budget when to stop
 * @param method AdamW or another, with its constants
 * @param accumulate micro-batches of a step: as good as a batch so many times larger, in the memory of one
 * @param checkpointing whether activations are computed a second time instead of kept: less memory, more time
 * @param precision in which the model computes: BF16, or F32 where numbers must be exact
 * @param seed of order, new weights and samples
 */
public record Optimisation(
    double learningRate,
    Schedule schedule,
    Budget budget,
    Optimiser.Settings method,
    int accumulate,
    boolean checkpointing,
    DType precision,
    long seed) {
  /** Above this, weights of usual size change by more than themselves within a hundred steps. */
  private static final double ABSURD_RATE = 0.1;

  /** Checks the ranges. */
  public Optimisation {
    if (!(learningRate > 0 && learningRate <= ABSURD_RATE)) {
      throw new IllegalArgumentException("learningRate " + learningRate + ": must be above 0 and at most " + ABSURD_RATE
          + "; usual are 1e-3 for small new models, 1e-5 for large ones that are tuned");
    }
    if (accumulate < 1) {
      throw new IllegalArgumentException("accumulate " + accumulate + ": must be at least 1");
    }
    if (precision != DType.BF16 && precision != DType.F32 && precision != DType.F64) {
      throw new IllegalArgumentException("precision " + precision + ": must be BF16 or F32");
    }
  }

  /** Usual settings: warm-up and cosine, AdamW as for language models, the processor's fastest number format. */
  public static Optimisation of(double learningRate, Budget budget) {
    return new Optimisation(learningRate, new Schedule.Cosine(0.03, 0.02), budget, AdamW.Settings.DECODER, 1, false,
        Torch.fastest(), 1);
  }

  /** The same with another method. */
  public Optimisation with(Optimiser.Settings other) {
    return new Optimisation(learningRate, schedule, budget, other, accumulate, checkpointing, precision, seed);
  }

  /** The same in another number format. */
  public Optimisation with(DType other) {
    return new Optimisation(learningRate, schedule, budget, method, accumulate, checkpointing, other, seed);
  }

  /** The same with another seed. */
  public Optimisation withSeed(long other) {
    return new Optimisation(learningRate, schedule, budget, method, accumulate, checkpointing, precision, other);
  }

  /** The same with the whole step as one micro-batch: what identifies a run, however its steps are divided. */
  Optimisation undivided() {
    return new Optimisation(learningRate, schedule, budget, method, 1, checkpointing, precision, seed);
  }

  /**
   * The loop of a stage that is trained so.
   *
   * @param settings what identifies the run; {@link #undivided} where it may continue with other micro-batches
   */
  TrainingLoop loop(String stage, Object settings, RunControl control) {
    return new TrainingLoop(stage, settings, budget, schedule, learningRate, control).accumulating(accumulate);
  }
}
