// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.decoder.DecoderFolder;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.DType;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.Divergence;
import io.millrace.train.loss.TokenLogProbs;
import io.millrace.train.rollout.DecoderPolicy;
import io.millrace.train.rollout.Policy;
import io.millrace.train.rollout.Rollout;
import io.millrace.train.rollout.Sampling;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Teaches a smaller decoder to say what a larger one would: it learns the teacher's whole distribution over the next
 * token (Hinton et al. 2015), on given answers, or on answers that the student samples itself, where it would otherwise
 * never learn to mend its own mistakes (Agarwal et al. 2024, GKD).
 */
public final class Distillation {
  /**
   * How it is trained.
   *
   * @param sequenceLength longest example; longer ones are left out and counted, and so are those whose prompt leaves no
   *     room for a sampled answer, if answers are sampled
   * @param batchSize examples of a micro-batch
   * @param divergence of the student from the teacher
   * @param temperature of both distributions; above 1 shows more of what the teacher holds unlikely
   * @param dataWeight share of the plain loss on the given answers, in [0, 1); it does not count for sampled ones
   * @param onPolicy share of micro-batches whose answers the student samples, in [0, 1]
   * @param sampling how it does that
   * @param adaptation what of the student learns
   * @param optimisation how it learns
   */
  public record Settings(
      int sequenceLength,
      int batchSize,
      Divergence divergence,
      double temperature,
      double dataWeight,
      double onPolicy,
      Sampling sampling,
      Adaptation adaptation,
      Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 1) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 1".formatted(sequenceLength, batchSize));
      }
      if (!(temperature > 0 && dataWeight >= 0 && dataWeight < 1 && onPolicy >= 0 && onPolicy <= 1)) {
        throw new IllegalArgumentException("temperature " + temperature + " must be positive, dataWeight " + dataWeight
            + " in [0, 1), onPolicy " + onPolicy + " in [0, 1]");
      }
      if (onPolicy > 0 && sampling.maxTokens() >= sequenceLength) {
        throw new IllegalArgumentException("maxTokens " + sampling.maxTokens() + " leaves no room for a prompt in sequenceLength "
            + sequenceLength + ": give a smaller one, or a longer sequence");
      }
    }
  }

  /**
   * How far a student is from its teacher on given answers.
   *
   * @param tokens how many
   * @param divergence KL(teacher ‖ student) at temperature 1, in nats a token
   * @param loss the student's own, in nats a token
   */
  public record Score(long tokens, double divergence, double loss) {}

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param before on the held-out examples before training; null if there were none
   * @param after the same afterwards; null if there were none, or if cancelled
   * @param skipped examples that were too long, or whose prompt was
   */
  public record Result(Outcome outcome, @Nullable Score before, @Nullable Score after, int skipped) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public Distillation(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * As {@link #run(Path, Path, List, List, Path)}, for a student that begins from nothing.
   *
   * @param shape of the student
   */
  public Result run(Path teacher, DecoderConfig shape, List<Example> all, List<Example> heldOut, Path output)
      throws IOException {
    Path student = control.folder().resolve("student");
    try (Decoder random = Decoder.random(shape, settings.optimisation.seed())) {
      DecoderFolder.save(random, student, DType.F32);
    }
    ModelFiles.copyCompanions(teacher, student);
    return run(teacher, student, all, heldOut, output);
  }

  /**
   * Trains a student on examples and, unless cancelled, writes it.
   *
   * @param teacher Hugging Face folder
   * @param student Hugging Face folder of the decoder to begin with
   * @param all prompts with answers, or texts to be learnt whole
   * @param heldOut examples to measure on; may be empty
   * @param output becomes a Hugging Face folder
   * @throws IllegalArgumentException naming both, when teacher and student have other vocabularies
   */
  public Result run(Path teacher, Path student, List<Example> all, List<Example> heldOut, Path output)
      throws IOException {
    Optimisation optimisation = settings.optimisation;
    List<Example> examples = all.stream().filter(this::fits).toList();
    ShuffledBatches<Example> batches = new ShuffledBatches<>(examples, settings.batchSize, optimisation.seed());
    try (Decoder stored = DecoderFolder.load(teacher);
        Decoder knowing = stored.as(optimisation.precision());
        TrainedDecoder model = TrainedDecoder.open(student, settings.adaptation, optimisation)) {
      Decoder learning = model.decoder();
      requireSameVocabulary(teacher, knowing.config(), student, learning.config());
      Checks.fits(settings.sequenceLength, learning.config());
      Checks.fits(settings.sequenceLength, knowing.config());
      Checks.tokens(examples, learning.config());
      Score before = score(knowing, learning, heldOut);
      TrainingLoop loop =
          optimisation.loop("distillation", settings + ", " + Checks.fingerprint(examples), control);
      Policy policy = new DecoderPolicy(learning, settings.batchSize);
      Outcome outcome;
      try (Optimiser optimiser = model.optimiser(loop, optimisation.method())) {
        outcome = loop.run(optimiser, number -> {
          SplittableRandom random = new SplittableRandom(optimisation.seed() * 0x9E3779B97F4A7C15L + number);
          List<Example> batch = batches.batch(number);
          boolean own = random.nextDouble() < settings.onPolicy;
          return step(knowing, learning, own ? answered(policy, batch, random) : batch, own);
        });
      }
      if (!outcome.finished()) {
        return new Result(outcome, before, null, all.size() - examples.size());
      }
      loop.write(() -> model.save(output));
      Score after = score(knowing, learning, heldOut);
      loop.done();
      return new Result(outcome, before, after, all.size() - examples.size());
    }
  }

  private TrainingLoop.Batch.Result step(Decoder teacher, Decoder student, List<Example> batch, boolean own) {
    SequenceBatch sequences = SequenceBatch.of(batch, settings.sequenceLength);
    Tensor wanted = teacherLogits(teacher, sequences);
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor said = sequences.logits(student, sequences.hidden(student, auxiliary));
    Tensor loss = settings.divergence.of(said, wanted, settings.temperature).mean();
    if (settings.dataWeight > 0 && !own) {
      Tensor plain = TokenLogProbs.of(said, sequences.labels()).mean().neg();
      loss = loss.mul(new Scalar(1 - settings.dataWeight)).add(plain.mul(new Scalar(settings.dataWeight)));
    }
    return sequences.backward(auxiliary.addTo(loss), said.size(0));
  }

  private static Tensor teacherLogits(Decoder teacher, SequenceBatch sequences) {
    try (NoGrad _ = NoGrad.open()) {
      return sequences.logits(teacher, sequences.hidden(teacher, AuxiliaryLosses.none()));
    }
  }

  /** The same prompts with answers of the student's own; nothing of their sampling is learnt from. */
  private List<Example> answered(Policy policy, List<Example> examples, SplittableRandom random) {
    List<Policy.Request> requests = new ArrayList<>();
    for (Example example : examples) {
      requests.add(new Policy.Request(Arrays.copyOf(example.tokens(), prompt(example)), random.nextLong()));
    }
    List<Example> answered = new ArrayList<>();
    for (Rollout rollout : policy.sample(requests, settings.sampling)) {
      answered.add(Example.of(rollout.prompt(), rollout.answer()));
    }
    return answered;
  }

  private boolean fits(Example example) {
    boolean room = settings.onPolicy == 0 || prompt(example) + settings.sampling.maxTokens() <= settings.sequenceLength;
    return room && example.length() <= settings.sequenceLength;
  }

  /** How many tokens stand before the first answer. */
  private static int prompt(Example example) {
    int prompt = 1;
    while (!example.learnt()[prompt]) {
      prompt++;
    }
    return prompt;
  }

  private @Nullable Score score(Decoder teacher, Decoder student, List<Example> heldOut) {
    List<Example> examples = heldOut.stream().filter(one -> one.length() <= settings.sequenceLength).toList();
    return examples.isEmpty() ? null : score(teacher, student, examples, settings.batchSize);
  }

  /** How far a student is from a teacher; {@code batchSize} examples are read at a time. */
  public static Score score(Decoder teacher, Decoder student, List<Example> examples, int batchSize) {
    long tokens = 0;
    double divergence = 0;
    double loss = 0;
    for (int from = 0; from < examples.size(); from += batchSize) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        SequenceBatch batch = SequenceBatch.of(examples.subList(from, Math.min(examples.size(), from + batchSize)), 1);
        Tensor said = batch.logits(student, batch.hidden(student, AuxiliaryLosses.none()));
        tokens += said.size(0);
        divergence += Divergence.FORWARD.of(said, teacherLogits(teacher, batch), 1).sum().item_double();
        loss -= TokenLogProbs.of(said, batch.labels()).sum().item_double();
      }
    }
    return new Score(tokens, divergence / tokens, loss / tokens);
  }

  private static void requireSameVocabulary(
      Path teacher, DecoderConfig knowing, Path student, DecoderConfig learning) throws IOException {
    if (knowing.vocabSize() != learning.vocabSize()) {
      throw new IllegalArgumentException(
          "teacher %s has a vocabulary of %d tokens and student %s one of %d: only decoders of one vocabulary can be distilled"
              .formatted(teacher, knowing.vocabSize(), student, learning.vocabSize()));
    }
    Path one = teacher.resolve(Tokenizer.FILE);
    Path other = student.resolve(Tokenizer.FILE);
    if (Files.exists(one) && Files.exists(other) && Files.mismatch(one, other) >= 0) {
      throw new IllegalArgumentException(
          "teacher's %s and student's %s differ: their tokens do not mean the same".formatted(one, other));
    }
  }
}
