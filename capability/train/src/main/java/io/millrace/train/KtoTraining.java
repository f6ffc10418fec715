// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Tensors;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.data.Judgement;
import io.millrace.train.loss.KtoLoss;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Teaches a decoder from answers that people found good or bad, without pairs (Ethayarajh et al. 2024). How far it has
 * moved on the whole is measured on answers paired with other prompts; what it said before training is computed once.
 */
public final class KtoTraining {
  /**
   * A judged answer as tokens.
   *
   * @param prompt tokens before the answer
   * @param answer its tokens
   * @param good the verdict
   * @param document what it was made from, by which a person finds it again; may be empty
   */
  public record Judged(int[] prompt, int[] answer, boolean good, String document) {
    /** A judged answer that nobody will have to find again. */
    public Judged(int[] prompt, int[] answer, boolean good) {
      this(prompt, answer, good, "");
    }

    /** A judgement as the model's chat template writes it. */
    public static Judged of(Judgement judgement, ChatExamples chat) {
      return new Judged(chat.prompt(judgement.prompt()), chat.said(judgement.prompt(), judgement.answer()), judgement.good(),
          Excerpt.of(judgement.prompt().getLast().content()));
    }

    int length() {
      return prompt.length + answer.length;
    }
  }

  /**
   * How it is trained.
   *
   * @param sequenceLength longest example; longer ones are left out and counted
   * @param batchSize answers of a micro-batch, at least 2
   * @param loss on answers
   * @param adaptation what of the decoder learns
   * @param optimisation how it learns
   */
  public record Settings(
      int sequenceLength, int batchSize, KtoLoss loss, Adaptation adaptation, Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 2) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 2".formatted(sequenceLength, batchSize));
      }
    }

    /** The same with the whole step as one micro-batch: what identifies a run, however its steps are divided. */
    Settings undivided() {
      return new Settings(sequenceLength, batchSize * optimisation.accumulate(), loss, adaptation, optimisation.undivided());
    }
  }

  /**
   * How well good answers are told from bad ones by how much more likely they became.
   *
   * @param good how many
   * @param bad how many
   * @param separation probability that a good answer gained more than a bad one (the area under the ROC curve); a half
   *     before training
   */
  public record Score(int good, int bad, double separation) {}

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param after on the held-out answers; null if there were none of one kind, or if cancelled
   * @param skipped answers that were too long
   */
  public record Result(Outcome outcome, @Nullable Score after, int skipped) {}

  /** With what the decoder said before training: of the answer, and of another's answer to the same prompt. */
  private record Referenced(Example own, double before, Example other, double otherBefore, boolean good) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public KtoTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains a decoder on judged answers and, unless cancelled, writes it.
   *
   * @param base Hugging Face folder of the decoder to begin with, which is also the reference
   * @param heldOut answers to measure on; may be empty
   * @param output becomes a Hugging Face folder
   */
  public Result run(Path base, List<Judged> all, List<Judged> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    List<Judged> judged = all.stream().filter(one -> one.length() <= settings.sequenceLength).toList();
    int skipped = all.size() - judged.size();
    if (judged.size() < 2) {
      throw new IllegalArgumentException("%d of %d answers fit %d tokens, but two are needed: give a longer sequenceLength"
          .formatted(judged.size(), all.size(), settings.sequenceLength));
    }
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation)) {
      Decoder decoder = model.decoder();
      Checks.fits(settings.sequenceLength, decoder.config());
      List<Example> own = judged.stream().map(one -> Example.of(one.prompt, one.answer).named(one.document)).toList();
      Checks.tokens(own, decoder.config());
      List<Referenced> known = referenced(decoder, judged, own);
      List<Judged> unseen = heldOut.stream().filter(one -> one.length() <= settings.sequenceLength).toList();
      double[] unseenBefore = logProbs(decoder, examples(unseen));
      ShuffledBatches<Referenced> batches = new ShuffledBatches<>(known, settings.batchSize, optimisation.seed());
      TrainingLoop loop = optimisation.loop("kto", settings.undivided() + ", " + Checks.fingerprint(own), control);
      Outcome outcome;
      try (Optimiser optimiser = model.optimiser(loop, optimisation.method())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
            number -> step(decoder, batches.batch(number)),
            number -> batches.batch(number).stream().map(one -> one.own.document()).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, null, skipped);
      }
      loop.write(() -> model.save(output));
      Score after = score(unseen, unseenBefore, logProbs(decoder, examples(unseen)));
      loop.done();
      return new Result(outcome, after, skipped);
    }
  }

  private TrainingLoop.Batch.Result step(Decoder decoder, List<Referenced> batch) {
    int size = batch.size();
    Tensor point;
    try (NoGrad _ = NoGrad.open()) {
      SequenceBatch mismatched =
          SequenceBatch.of(batch.stream().map(Referenced::other).toList(), settings.sequenceLength);
      Tensor logProbs = mismatched.sums(mismatched.logProbs(decoder, AuxiliaryLosses.none()));
      Tensor before = Tensors.of(batch.stream().mapToDouble(Referenced::otherBefore).toArray(), size);
      point = settings.loss.referencePoint(logProbs.sub(before.to(logProbs.scalar_type())));
    }
    SequenceBatch sequences = SequenceBatch.of(batch.stream().map(Referenced::own).toList(), settings.sequenceLength);
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor logProbs = sequences.sums(sequences.logProbs(decoder, auxiliary));
    Tensor before = Tensors.of(batch.stream().mapToDouble(Referenced::before).toArray(), size);
    Tensor good = Tensors.of(batch.stream().mapToDouble(one -> one.good ? 1 : 0).toArray(), size);
    Tensor loss = settings.loss.of(
        logProbs.sub(before.to(logProbs.scalar_type())), good.to(logProbs.scalar_type()), point);
    return sequences.backward(auxiliary.addTo(loss), size);
  }

  /** Each prompt is also given the answer of another one, always the same, so that its reference can be known before. */
  private List<Referenced> referenced(Decoder decoder, List<Judged> judged, List<Example> own) {
    List<Example> others = new ArrayList<>();
    int[] order = Shuffle.order(judged.size(), settings.optimisation.seed(), -1);
    int[] partner = new int[order.length];
    for (int i = 0; i < order.length; i++) {
      partner[order[i]] = order[(i + 1) % order.length];
    }
    for (int i = 0; i < judged.size(); i++) {
      int[] answer = judged.get(partner[i]).answer;
      int room = settings.sequenceLength - judged.get(i).prompt.length;
      others.add(Example.of(judged.get(i).prompt, Arrays.copyOf(answer, Math.min(answer.length, room))));
    }
    double[] before = logProbs(decoder, own);
    double[] othersBefore = logProbs(decoder, others);
    List<Referenced> referenced = new ArrayList<>();
    for (int i = 0; i < own.size(); i++) {
      referenced.add(new Referenced(own.get(i), before[i], others.get(i), othersBefore[i], judged.get(i).good));
    }
    return referenced;
  }

  private static List<Example> examples(List<Judged> judged) {
    return judged.stream().map(one -> Example.of(one.prompt, one.answer)).toList();
  }

  private double[] logProbs(Decoder decoder, List<Example> examples) {
    return SequenceBatch.logProbs(decoder, examples, settings.sequenceLength, settings.batchSize);
  }

  private static @Nullable Score score(List<Judged> judged, double[] before, double[] after) {
    List<Double> good = new ArrayList<>();
    List<Double> bad = new ArrayList<>();
    for (int i = 0; i < before.length; i++) {
      (judged.get(i).good ? good : bad).add(after[i] - before[i]);
    }
    if (good.isEmpty() || bad.isEmpty()) {
      return null;
    }
    double right = 0;
    for (double one : good) {
      for (double other : bad) {
        right += one > other ? 1 : one == other ? 0.5 : 0;
      }
    }
    return new Score(good.size(), bad.size(), right / good.size() / bad.size());
  }
}
