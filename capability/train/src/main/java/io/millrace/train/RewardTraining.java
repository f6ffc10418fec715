// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.decoder.AuxiliaryLosses;
import io.millrace.model.decoder.Decoder;
import io.millrace.tensor.NoGrad;
import io.millrace.tensor.Scope;
import io.millrace.tensor.Tensors;
import io.millrace.train.adapter.Adaptation;
import io.millrace.train.loss.BradleyTerryLoss;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Teaches a decoder to say which of two answers people prefer (Stiennon et al. 2020, section 3.4): a head on its last
 * state, trained with the decoder on pairs.
 */
public final class RewardTraining {
  /**
   * How it is trained.
   *
   * @param sequenceLength longest example; pairs with a longer one are left out and counted
   * @param batchSize pairs of a micro-batch
   * @param loss on pairs
   * @param adaptation what of the decoder learns; the head always does
   * @param optimisation how it learns
   */
  public record Settings(
      int sequenceLength, int batchSize, BradleyTerryLoss loss, Adaptation adaptation, Optimisation optimisation) {
    /** Checks the ranges. */
    public Settings {
      if (sequenceLength < 2 || batchSize < 1) {
        throw new IllegalArgumentException(
            "sequenceLength %d must be at least 2, batchSize %d at least 1".formatted(sequenceLength, batchSize));
      }
    }

    /** The same with the whole step as one micro-batch: what identifies a run, however its steps are divided. */
    Settings undivided() {
      return new Settings(sequenceLength, batchSize * optimisation.accumulate(), loss, adaptation, optimisation.undivided());
    }
  }

  /**
   * How well pairs are told apart.
   *
   * @param pairs how many
   * @param accuracy share of pairs in which the chosen answer has the higher reward; equal rewards count half
   * @param margin mean of the chosen answer's reward less the other's
   * @param loss mean, in nats; log 2 is chance
   */
  public record Score(int pairs, double accuracy, double margin, double loss) {
    /** From rewards of chosen answers and of the others. */
    static Score of(double[] chosen, double[] rejected) {
      double right = 0;
      double margin = 0;
      double loss = 0;
      for (int i = 0; i < chosen.length; i++) {
        double difference = chosen[i] - rejected[i];
        right += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        margin += difference;
        loss += Math.max(0, -difference) + Math.log1p(Math.exp(-Math.abs(difference)));
      }
      return new Score(chosen.length, right / chosen.length, margin / chosen.length, loss / chosen.length);
    }
  }

  /**
   * What came of it.
   *
   * @param outcome steps, time, loss curve
   * @param before on the held-out pairs before training; null if there were none
   * @param after the same afterwards; null if there were none, or if cancelled
   * @param skipped pairs that were too long
   */
  public record Result(Outcome outcome, @Nullable Score before, @Nullable Score after, int skipped) {}

  private final Settings settings;
  private final RunControl control;

  /** A run; it continues where an earlier one in the same folder was interrupted. */
  public RewardTraining(Settings settings, RunControl control) {
    this.settings = settings;
    this.control = control;
  }

  /**
   * Trains a reward model and, unless cancelled, writes it.
   *
   * @param base Hugging Face folder of the decoder to begin with
   * @param heldOut pairs to measure on; may be empty
   * @param output becomes a folder for {@link RewardModel#load}
   */
  public Result run(Path base, List<ExamplePair> all, List<ExamplePair> heldOut, Path output) throws IOException {
    Optimisation optimisation = settings.optimisation;
    List<ExamplePair> pairs = ExamplePair.fitting(all, settings.sequenceLength);
    ShuffledBatches<ExamplePair> batches = new ShuffledBatches<>(pairs, settings.batchSize, optimisation.seed());
    try (TrainedDecoder model = TrainedDecoder.open(base, settings.adaptation, optimisation);
        ScalarHead head = ScalarHead.zero(RewardModel.HEAD, model.decoder().config().hiddenSize(),
            model.decoder().weights().device(), optimisation.precision())) {
      Decoder decoder = model.decoder();
      Checks.fits(settings.sequenceLength, decoder.config());
      Checks.tokens(ExamplePair.flat(pairs), decoder.config());
      model.trainOnly(name -> !name.startsWith("lm_head."));
      Score before = score(decoder, head, heldOut);
      TrainingLoop loop = optimisation.loop(
          "reward", settings.undivided() + ", " + Checks.fingerprint(ExamplePair.flat(pairs)), control);
      Outcome outcome;
      try (Optimiser optimiser = model.optimiser(loop, optimisation.method(), head)) {
        outcome = loop.run(optimiser, TrainingLoop.Batch.naming(number -> {
          List<ExamplePair> batch = batches.batch(number);
          SequenceBatch sequences = SequenceBatch.of(ExamplePair.flat(batch), settings.sequenceLength);
          AuxiliaryLosses auxiliary = new AuxiliaryLosses();
          Tensor rewards = head.apply(sequences.atEnds(sequences.hidden(decoder, auxiliary)));
          Tensor loss = settings.loss.of(
              rewards.narrow(0, 0, batch.size()), rewards.narrow(0, batch.size(), batch.size()));
          return sequences.backward(auxiliary.addTo(loss), batch.size());
        }, number -> batches.batch(number).stream().map(pair -> pair.chosen().document()).toList()));
      }
      if (!outcome.finished()) {
        return new Result(outcome, before, null, all.size() - pairs.size());
      }
      loop.write(() -> model.save(output, result -> RewardModel.save(result, head.masters().get(RewardModel.HEAD), output)));
      Score after = score(decoder, head, heldOut);
      loop.done();
      return new Result(outcome, before, after, all.size() - pairs.size());
    }
  }

  private @Nullable Score score(Decoder decoder, ScalarHead head, List<ExamplePair> heldOut) {
    List<ExamplePair> pairs = heldOut.stream().filter(pair -> pair.longest() <= settings.sequenceLength).toList();
    if (pairs.isEmpty()) {
      return null;
    }
    double[] chosen = new double[pairs.size()];
    double[] rejected = new double[pairs.size()];
    for (int i = 0; i < chosen.length; i++) {
      try (Scope _ = Scope.open();
          NoGrad _ = NoGrad.open()) {
        SequenceBatch batch = SequenceBatch.of(List.of(pairs.get(i).chosen(), pairs.get(i).rejected()), 1);
        double[] rewards =
            Tensors.doubles(head.apply(batch.atEnds(batch.hidden(decoder, AuxiliaryLosses.none()))));
        chosen[i] = rewards[0];
        rejected[i] = rewards[1];
      }
    }
    return Score.of(chosen, rejected);
  }
}
