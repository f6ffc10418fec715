// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.train.adapter.Adaptation;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Trains a decoder to give the answers of examples: the loss counts answer tokens only (Ouyang et al. 2022). All of the
 * decoder learns, or an adapter beside it.
 */
public final class FineTuning {
  /**
   * How it is trained.
   *
   * @param sequenceLength tokens of a row; examples that are longer are left out and counted
   * @param batchSize rows of a step
   * @param adaptation what of the decoder learns
   * @param optimisation how it learns
   */
  public record Settings(int sequenceLength, int batchSize, Adaptation adaptation, Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 1) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 1".formatted(sequenceLength, batchSize));
      }
    }

    /**
     * Settings that suit ten million parameters and a minute or two of two cores.
     *
     * @param context most positions of the model
     */
    public static Settings small(int context, Budget budget) {
      return new Settings(Math.min(512, context), 4, Adaptation.WHOLE, Optimisation.of(1e-3, budget));
    }

    /** The same with the whole step as one micro-batch: what identifies a run, however its steps are divided. */
    Settings undivided() {
      return new Settings(sequenceLength, batchSize * optimisation.accumulate(), adaptation, optimisation.undivided());
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param lossBefore mean loss per answer token on the held-out examples before training; null if there were none
   * @param lossAfter the same afterwards; null if there were none, or if cancelled
   * @param skipped examples that were longer than a row
   */
  public record Result(Outcome outcome, @Nullable Double lossBefore, @Nullable Double lossAfter, int skipped) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public FineTuning(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains a decoder on examples and, unless cancelled, writes it.
   *
   * @param base Hugging Face folder of the decoder to begin with
   * @param heldOut examples to measure on; may be empty
   * @param output becomes a Hugging Face folder
   */
  public Result run(Path base, List<Example> examples, List<Example> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    PackedExamples packed =
        new PackedExamples(examples, settings.sequenceLength, settings.batchSize, optimisation.seed());
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation)) {
      Decoder decoder = model.decoder();
      Checks.fits(settings.sequenceLength, decoder.config());
      Checks.tokens(examples, decoder.config());
      Double before = heldOut.isEmpty() ? null : (Double) loss(decoder, heldOut);
      TrainingLoop loop = optimisation.loop("fine-tuning", settings.undivided(), control).reading(DataFingerprint.of(examples));
      Outcome outcome;
      try (Optimiser optimiser = model.optimiser(loop, optimisation.method())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(number -> {
          PackedBatch batch = packed.batch(number);
          return batch.learn(decoder);
        }, packed::documents));
      }
      if (!outcome.finished()) {
        return new Result(outcome, before, null, packed.skipped());
      }
      loop.write(() -> model.save(output));
      Double after = heldOut.isEmpty() ? null : (Double) loss(decoder, heldOut);
      loop.done();
      return new Result(outcome, before, after, packed.skipped());
    }
  }

  /** The mean loss per learnt token, in nats. Examples longer than the decoder's context are left out. */
  public static double loss(Decoder decoder, List<Example> examples) {
    double sum = 0;
    long count = 0;
    for (Example example : examples) {
      if (example.length() <= decoder.config().maxPositions()) {
        try (Scope _ = Scope.open();
            NoGrad _ = NoGrad.open()) {
          PackedBatch batch = PackedExamples.build(List.of(List.of(example)));
          sum += batch.loss(decoder).item_double() * batch.labels().length;
          count += batch.labels().length;
        }
      }
    }
    return sum / count;
  }
}
