// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ChatExamples;
import io.millrace.train.Example;
import io.millrace.train.FineTuning;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Dialogue;
import io.millrace.train.data.Dialogues;
import picocli.CommandLine.Command;

import java.io.IOException;
import java.util.List;

/** Answers from examples. */
@Command(
    name = "sft",
    description = "Supervised fine-tuning: teach a decoder to answer, from dialogues.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array, one of:",
      "  {\"messages\": [{\"role\": \"user\", \"content\": \"…\"}, {\"role\": \"assistant\", \"content\": \"…\"}]}",
      "  {\"conversations\": [{\"from\": \"human\", \"value\": \"…\"}, {\"from\": \"gpt\", \"value\": \"…\"}]}",
      "  {\"instruction\": \"…\", \"input\": \"…\", \"output\": \"…\"}      {\"prompt\": \"…\", \"completion\": \"…\"}",
      "",
      "All of a small decoder:",
      "  millrace train sft --base tiny-shakespeare --data dialogues.jsonl --seconds 60 --output answers",
      "An adapter for a large one, which is kept in 4 bits meanwhile:",
      "  millrace train sft --base qwen3-0.6b --qlora 16 --data dialogues.jsonl --learning-rate 2e-4 --output answers",
      "Then teach it what people prefer: millrace train dpo --help",
    })
final class SftCommand extends DecoderStageCommand {
  SftCommand() {
    super(RunOptions.decoder(1e-3, 4, RunOptions.Fall.COSINE));
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
    Dataset.Split<Dialogue> split = data.read(Dialogues::read, Dialogue::opening, this::note);
    List<Example> heldOut = split.heldOut().stream().map(chat::dialogue).toList();
    FineTuning.Result result = new FineTuning(
        new FineTuning.Settings(sequenceLength, run.microBatch(), decoder.adaptation(), run.optimisation()), control)
        .run(decoder.base, split.training().stream().map(chat::dialogue).toList(), heldOut, run.output);
    noteSkipped(result.skipped(), "dialogues");
    return StageResult.of(result.outcome(), heldOut.isEmpty() ? List.of() : List.of(new StageResult.Measure(
        "answerLoss", result.lossBefore(), result.lossAfter(), "nats per answer token of " + heldOut.size() + " dialogues")));
  }
}
