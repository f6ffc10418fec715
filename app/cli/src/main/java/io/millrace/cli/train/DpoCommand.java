// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ChatExamples;
import io.millrace.train.DpoTraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Preference;
import io.millrace.train.loss.DpoLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Preferences without a reward model. */
@Command(
    name = "dpo",
    description = "Teach a decoder to prefer the answers that people prefer, from pairs (direct preference optimisation).",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data as for 'millrace train reward': {\"prompt\": \"…\", \"chosen\": \"…\", \"rejected\": \"…\"} and others.",
      "",
      "  millrace train dpo --base answers --data pairs.jsonl --learning-rate 1e-4 --seconds 120 --output preferred",
      "  millrace train dpo --base qwen3-answers --lora 16 --data pairs.jsonl --learning-rate 5e-5 --output preferred",
    })
final class DpoCommand extends DecoderStageCommand {
  @Option(names = "--beta", paramLabel = "N", order = 33,
      description = "How far the decoder may move: the smaller, the farther (${DEFAULT-VALUE}).")
  double beta = 0.1;

  @Option(names = "--label-smoothing", paramLabel = "PART", order = 33,
      description = "Share of pairs that are taken to be marked the wrong way round (${DEFAULT-VALUE}).")
  double smoothing = 0;

  @Option(names = "--imitation", paramLabel = "WEIGHT", order = 33,
      description = "Weight of the chosen answers' own loss, which keeps them likely (${DEFAULT-VALUE}).")
  double imitation = 0;

  DpoCommand() {
    super(RunOptions.decoder(1e-4, 8, RunOptions.Fall.COSINE));
  }

  @Override
  boolean distributes() {
    return true;
  }

  @Override
  String kind() {
    return "decoder";
  }

  @Override
  StageResult train(RunControl control, ChatExamples chat, int sequenceLength) throws IOException {
    Dataset.Split<Preference> split = data.read(Preference::read, Preference::promptText, this::note);
    DpoTraining.Result result = new DpoTraining(new DpoTraining.Settings(sequenceLength, run.microBatch(),
        new DpoLoss(beta, smoothing), imitation, decoder.adaptation(), run.optimisation()), control)
        .run(decoder.base, RewardCommand.pairs(split.training(), chat), RewardCommand.pairs(split.heldOut(), chat), run.output);
    noteSkipped(result.skipped(), "pairs");
    List<StageResult.Measure> measures = new ArrayList<>(RewardCommand.measures(null, result.after()));
    if (result.chosenChange() != null) {
      measures.add(new StageResult.Measure(
          "chosenChange", 0.0, result.chosenChange(), "nats by which chosen answers became more likely"));
    }
    return StageResult.of(result.outcome(), measures);
  }
}
