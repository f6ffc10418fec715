// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.Torch;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Function;

/**
 * Trains a decoder, usually from nothing, to predict the next token of a text.
 *
 * <p>Documents are packed into rows of equal length and do not see each other. BF16 computes, F32 masters learn.
 */
public final class Pretraining {
  /**
   * What is trained and how.
   *
   * @param model the decoder's shape; its end-of-text token separates documents
   * @param sequenceLength tokens of a row, at most the model's positions
   * @param batchSize rows of a step
   * @param learningRate at the peak
   * @param schedule of the learning rate
   * @param budget when to stop
   * @param optimiser AdamW or another, with its constants
   * @param precision BF16, or F32 where numbers must be exact
   * @param seed of weights and order
   */
  public record Settings(
      DecoderConfig model,
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
      if (sequenceLength < 2 || sequenceLength > model.maxPositions()) {
        throw new IllegalArgumentException(
            "sequenceLength " + sequenceLength + ": must be within 2 and the model's " + model.maxPositions());
      }
      if (batchSize < 1) {
        throw new IllegalArgumentException("batchSize " + batchSize + ": must be at least 1");
      }
      if (!(learningRate > 0)) {
        throw new IllegalArgumentException("learningRate " + learningRate + ": must be positive");
      }
      if (model.eosId() < 0) {
        throw new IllegalArgumentException("the model has no end-of-text token (eosId), which separates documents");
      }
    }

    /** Settings that suit ten million parameters and minutes of two cores. */
    public static Settings small(DecoderConfig model, Budget budget) {
      // In so little time the number of updates is what is short, not the tokens of each: see docs/lab-notes.md.
      return new Settings(model, Math.min(256, model.maxPositions()), 4, 2.5e-3,
          new Schedule.WarmupStableDecay(0.02, 0.4, 0.02), budget,
          AdamW.Settings.DECODER, Torch.fastest(), 1);
    }

    /** The loop of a run that is trained so, by whatever processes, and begins with {@code base} or with nothing. */
    TrainingLoop loop(@Nullable Path base, RunControl control) {
      return new TrainingLoop(
          "pretraining", base == null ? this : this + ", from " + base, budget, schedule, learningRate, control);
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param perplexityBefore on the held-out tokens before training; null if there were none
   * @param heldOutPerplexity on the held-out tokens; null if there were none, or if the run was cancelled
   */
  public record Result(
      Outcome outcome, @Nullable Double perplexityBefore, @Nullable Double heldOutPerplexity) {}

  private final Settings settings;
  private final RunControl control;
  private final @Nullable Path base;
  private final @Nullable Path tokenizer;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public Pretraining(Settings settings, RunControl control) {
    this(settings, control, null, null);
  }

  private Pretraining(Settings settings, RunControl control, @Nullable Path base, @Nullable Path tokenizer) {
    this.settings = settings;
    this.control = control;
    this.base = base;
    this.tokenizer = tokenizer;
  }

  /** The same, which begins with a decoder of a Hugging Face folder instead of a new one (Gururangan et al. 2020). */
  public Pretraining from(Path decoder) {
    return new Pretraining(settings, control, decoder, tokenizer);
  }

  /** The same, whose result gets this {@code tokenizer.json}; without it that of the decoder it begins with, if there is one. */
  public Pretraining with(Path tokenizerFile) {
    return new Pretraining(settings, control, base, tokenizerFile);
  }

  /**
   * Trains and, unless cancelled, writes the decoder.
   *
   * @param tokens the text, each document ended by the model's end-of-text token
   * @param heldOut text of other documents, for the perplexity; may be empty
   * @param output becomes a Hugging Face folder: {@code config.json}, {@code model.safetensors} in F32
   */
  public Result run(int[] tokens, int[] heldOut, Path output) throws IOException {
    return run(tokens, heldOut, document -> "document " + document, output);
  }

  /** As {@link #run(int[], int[], Path)}; {@code names} say what people call a document, counted from 0. */
  public Result run(int[] tokens, int[] heldOut, Function<Integer, String> names, Path output) throws IOException {
    TokenStream stream = new TokenStream(tokens, settings.model.eosId(), settings.sequenceLength);
    try (Decoder master = base == null ? Decoder.random(settings.model, settings.seed) : DecoderFolder.load(base);
        Decoder working = master.as(settings.precision)) {
      Double before = heldOut.length < 2 ? null : (Double) Perplexity.of(working, heldOut, settings.sequenceLength);
      working.weights().train(_ -> true);
      int processes = control.distribution().size();
      TrainingLoop loop = settings.loop(base, control).accumulating(processes).reading(DataFingerprint.of(tokens));
      Outcome outcome;
      try (Optimiser optimiser = loop.optimiser(settings.optimiser, master.weights(), working.weights())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(number -> {
          PackedBatch batch = stream.part(number, processes, settings.batchSize, settings.seed);
          return batch.learn(working);
        }, number -> stream.documents(number / processes, settings.batchSize, settings.seed).stream().map(names).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, before, null);
      }
      loop.write(() -> save(master, output));
      Double perplexity = heldOut.length < 2 ? null : (Double) Perplexity.of(working, heldOut, settings.sequenceLength);
      loop.done();
      return new Result(outcome, before, perplexity);
    }
  }

  /** All of it within the run: who is interrupted before the end continues, and writes it again. */
  private void save(Decoder decoder, Path output) throws IOException {
    DecoderFolder.save(decoder, output, DType.F32);
    if (tokenizer != null) {
      Files.copy(tokenizer, output.resolve(Tokenizer.FILE), StandardCopyOption.REPLACE_EXISTING);
    }
    if (base != null) {
      ModelFiles.copyCompanions(base, output);
    }
  }
}
