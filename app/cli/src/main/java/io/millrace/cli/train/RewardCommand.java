// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ChatExamples;
import io.millrace.train.ExamplePair;
import io.millrace.train.RewardTraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Preference;
import io.millrace.train.loss.BradleyTerryLoss;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What people prefer, as a number. */
@Command(
    name = "reward",
    description = "Train a reward model: a decoder that says which of two answers people prefer.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array, one of:",
      "  {\"prompt\": \"…\", \"chosen\": \"…\", \"rejected\": \"…\"}",
      "  {\"conversations\": […], \"chosen\": {\"from\": \"gpt\", \"value\": \"…\"}, \"rejected\": {…}}",
      "  {\"chosen\": \"\\n\\nHuman: …\\n\\nAssistant: …\", \"rejected\": \"…\"}",
      "",
      "  millrace train reward --base answers --data pairs.jsonl --seconds 120 --output reward",
      "It then rewards answers in PPO and GRPO.",
    })
final class RewardCommand extends DecoderStageCommand {
  RewardCommand() {
    super(RunOptions.decoder(1e-4, 8, RunOptions.Fall.COSINE));
  }

  @Override
  boolean distributes() {
    return true;
  }

  @Override
  String kind() {
    return "reward";
  }

  @Override
  StageResult train(RunControl control, ChatExamples chat, int sequenceLength) throws IOException {
    Dataset.Split<Preference> split = data.read(Preference::read, Preference::promptText, this::note);
    RewardTraining.Result result = new RewardTraining(new RewardTraining.Settings(
        sequenceLength, run.microBatch(), new BradleyTerryLoss(0.01), decoder.adaptation(), run.optimisation()), control)
        .run(decoder.base, pairs(split.training(), chat), pairs(split.heldOut(), chat), run.output);
    noteSkipped(result.skipped(), "pairs");
    return StageResult.of(result.outcome(), measures(result.before(), result.after()));
  }

  static List<ExamplePair> pairs(List<Preference> preferences, ChatExamples chat) {
    return preferences.stream().map(preference -> ExamplePair.of(preference, chat)).toList();
  }

  static List<StageResult.Measure> measures(
      RewardTraining.@Nullable Score before, RewardTraining.@Nullable Score after) {
    List<StageResult.Measure> measures = new ArrayList<>();
    RewardTraining.Score any = before != null ? before : after;
    if (any != null) {
      measures.add(new StageResult.Measure("pairAccuracy", before == null ? null : before.accuracy(),
          after == null ? null : after.accuracy(), "of " + any.pairs() + " pairs; chance is 0.5"));
      measures.add(new StageResult.Measure("pairLoss", before == null ? null : before.loss(),
          after == null ? null : after.loss(), "nats; chance is 0.6931"));
    }
    return measures;
  }
}
