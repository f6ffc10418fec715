// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Trains a decoder to give the answers of examples: the loss counts answer tokens only (Ouyang et al. 2022). */
public final class FineTuning {
  /**
   * A prompt and the answer that should follow it.
   *
   * @param prompt at least one token; begins as it will when served
   * @param answer at least one token; its last one should be the token at which serving stops
   */
  public record Example(int[] prompt, int[] answer) {
    /** Checks that there is something to read and to say. */
    public Example {
      if (prompt.length == 0 || answer.length == 0) {
        throw new IllegalArgumentException(
            "example of " + prompt.length + " prompt and " + answer.length + " answer tokens: both need at least one");
      }
    }

    int length() {
      return prompt.length + answer.length;
    }

    int token(int i) {
      return i < prompt.length ? prompt[i] : answer[i - prompt.length];
    }
  }

  /**
   * How it is trained.
   *
   * @param sequenceLength tokens of a row; examples that are longer are left out and counted
   * @param batchSize rows of a step
   * @param learningRate at the peak
   * @param schedule of the learning rate
   * @param budget when to stop
   * @param optimiser AdamW or another, with its constants
   * @param precision BF16, or F32 where numbers must be exact
   * @param seed of the order
   */
  public record Settings(
      int sequenceLength,
      int batchSize,
      double learningRate,
      Schedule schedule,
      Budget budget,
      Optimiser.Settings optimiser,
      DType precision,
      long seed) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 1 || !(learningRate > 0)) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 1, learningRate %s positive"
                .formatted(sequenceLength, batchSize, learningRate));
      }
    }

    /**
     * Settings that suit ten million parameters and a minute or two of two cores.
     *
     * @param context most positions of the model
     */
    public static Settings small(int context, Budget budget) {
      return new Settings(Math.min(512, context), 4, 1e-3, new Schedule.Cosine(0.03, 0.02), budget, AdamW.Settings.DECODER, Torch.fastest(), 1);
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param heldOutLoss mean loss per answer token on the held-out examples; null if none, or if cancelled
   * @param skipped examples that were longer than a row
   */
  public record Result(Outcome outcome, @Nullable Double heldOutLoss, int skipped) {}

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
    PackedExamples packed =
        new PackedExamples(examples, settings.sequenceLength, settings.batchSize, settings.seed);
    try (Decoder master = DecoderFolder.load(base);
        Decoder working = master.as(settings.precision)) {
      if (settings.sequenceLength > master.config().maxPositions()) {
        throw new IllegalArgumentException("sequenceLength " + settings.sequenceLength + ": the model has "
            + master.config().maxPositions() + " positions");
      }
      working.weights().train(_ -> true);
      TrainingLoop loop = new TrainingLoop(
          "fine-tuning", settings, settings.budget, settings.schedule, settings.learningRate, control);
      Outcome outcome;
      try (Optimiser optimiser = loop.optimiser(settings.optimiser, master.weights(), working.weights())) {
        outcome = loop.run(optimiser, number -> {
          PackedBatch batch = packed.batch(number);
          return batch.backward(batch.loss(working));
        });
      }
      if (!outcome.finished()) {
        return new Result(outcome, null, packed.skipped());
      }
      DecoderFolder.save(master, output, DType.F32);
      Double loss = heldOut.isEmpty() ? null : (Double) loss(working, heldOut);
      loop.done();
      return new Result(outcome, loss, packed.skipped());
    }
  }

  /** The mean loss per answer token, in nats. */
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
