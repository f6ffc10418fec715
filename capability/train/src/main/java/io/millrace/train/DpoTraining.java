// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.Tensors;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.DpoLoss;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Teaches a decoder to prefer the answers that people prefer, without a reward model: direct preference optimisation
 * (Rafailov et al. 2023). What the decoder said before training is computed once, for all pairs, in advance.
 */
public final class DpoTraining {
  /**
   * How it is trained.
   *
   * @param sequenceLength longest example; pairs with a longer one are left out and counted
   * @param batchSize pairs of a micro-batch
   * @param loss on pairs
   * @param imitation weight of the chosen answers' own loss per token, which keeps them from becoming less likely
   *     together with the rejected ones (Pang et al. 2024, equation 1); 0 for none
   * @param adaptation what of the decoder learns
   * @param optimisation how it learns
   */
  public record Settings(
      int sequenceLength,
      int batchSize,
      DpoLoss loss,
      double imitation,
      Adaptation adaptation,
      Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 1 || !(imitation >= 0)) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 1, imitation %s not negative"
                .formatted(sequenceLength, batchSize, imitation));
      }
    }

    /** The same with the whole step as one micro-batch: what identifies a run, however its steps are divided. */
    Settings undivided() {
      return new Settings(
          sequenceLength, batchSize * optimisation.accumulate(), loss, imitation, adaptation, optimisation.undivided());
    }
  }

  /**
   * What came of it. Before training every pair's margin is 0, so accuracy is a half and the loss log 2.
   *
   * @param outcome steps, time, loss curve
   * @param after on the held-out pairs, rewards being β times the log-ratios to the decoder before training; null if
   *     there were none, or if cancelled
   * @param chosenChange how much more likely the held-out chosen answers became, in nats an answer; often negative
   * @param skipped pairs that were too long
   */
  public record Result(
      Outcome outcome, RewardTraining.@Nullable Score after, @Nullable Double chosenChange, int skipped) {}

  /** A pair with the log-probabilities of its answers before training. */
  private record Referenced(ExamplePair pair, double chosen, double rejected) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public DpoTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains a decoder on pairs and, unless cancelled, writes it.
   *
   * @param base Hugging Face folder of the decoder to begin with, which is also the reference
   * @param heldOut pairs to measure on; may be empty
   * @param output becomes a Hugging Face folder
   */
  public Result run(Path base, List<ExamplePair> all, List<ExamplePair> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    List<ExamplePair> pairs = ExamplePair.fitting(all, settings.sequenceLength);
    int skipped = all.size() - pairs.size();
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation)) {
      Decoder decoder = model.decoder();
      Checks.fits(settings.sequenceLength, decoder.config());
      Checks.tokens(ExamplePair.flat(pairs), decoder.config());
      // Nothing has been restored yet, so this is what the decoder said before training, also in a resumed run.
      List<Referenced> known = referenced(decoder, pairs);
      List<Referenced> unseen =
          referenced(decoder, heldOut.stream().filter(pair -> pair.longest() <= settings.sequenceLength).toList());
      ShuffledBatches<Referenced> batches = new ShuffledBatches<>(known, settings.batchSize, optimisation.seed());
      TrainingLoop loop =
          optimisation.loop("dpo", settings.undivided() + ", " + Checks.fingerprint(ExamplePair.flat(pairs)), control);
      Outcome outcome;
      try (Optimiser optimiser = model.optimiser(loop, optimisation.method())) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(
            number -> step(decoder, batches.batch(number)),
            number -> batches.batch(number).stream().map(one -> one.pair.chosen().document()).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, null, null, skipped);
      }
      loop.write(() -> model.save(output));
      Result result = measured(decoder, unseen, outcome, skipped);
      loop.done();
      return result;
    }
  }

  private TrainingLoop.Batch.Result step(Decoder decoder, List<Referenced> batch) {
    int size = batch.size();
    SequenceBatch sequences =
        SequenceBatch.of(ExamplePair.flat(batch.stream().map(Referenced::pair).toList()), settings.sequenceLength);
    AuxiliaryLosses auxiliary = new AuxiliaryLosses();
    Tensor logProbs = sequences.sums(sequences.logProbs(decoder, auxiliary));
    Tensor chosen = logProbs.narrow(0, 0, size);
    Tensor rejected = logProbs.narrow(0, size, size);
    Tensor before = Tensors.of(batch.stream().mapToDouble(Referenced::chosen).toArray(), size);
    Tensor beforeRejected = Tensors.of(batch.stream().mapToDouble(Referenced::rejected).toArray(), size);
    Tensor loss = settings.loss.of(
        chosen.sub(before.to(chosen.scalar_type())), rejected.sub(beforeRejected.to(rejected.scalar_type())));
    if (settings.imitation > 0) {
      Tensor lengths = Tensors.of(batch.stream().mapToDouble(r -> r.pair.chosen().learntTokens()).toArray(), size);
      Tensor own = chosen.div(lengths.to(chosen.scalar_type())).mean().neg();
      loss = loss.add(own.mul(new Scalar(settings.imitation)));
    }
    return sequences.backward(auxiliary.addTo(loss), size);
  }

  private List<Referenced> referenced(Decoder decoder, List<ExamplePair> pairs) {
    double[] logProbs = logProbs(decoder, pairs);
    List<Referenced> referenced = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      referenced.add(new Referenced(pairs.get(i), logProbs[i], logProbs[pairs.size() + i]));
    }
    return referenced;
  }

  private double[] logProbs(Decoder decoder, List<ExamplePair> pairs) {
    return SequenceBatch.logProbs(decoder, ExamplePair.flat(pairs), settings.sequenceLength, 2 * settings.batchSize);
  }

  private Result measured(Decoder decoder, List<Referenced> unseen, Outcome outcome, int skipped) {
    if (unseen.isEmpty()) {
      return new Result(outcome, null, null, skipped);
    }
    double beta = settings.loss.beta();
    double[] logProbs = logProbs(decoder, unseen.stream().map(Referenced::pair).toList());
    double[] chosen = new double[unseen.size()];
    double[] rejected = new double[unseen.size()];
    double change = 0;
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = beta * (logProbs[i] - unseen.get(i).chosen);
      rejected[i] = beta * (logProbs[chosen.length + i] - unseen.get(i).rejected);
      change += chosen[i] / beta / chosen.length;
    }
    return new Result(outcome, RewardTraining.Score.of(chosen, rejected), change, skipped);
  }
}
