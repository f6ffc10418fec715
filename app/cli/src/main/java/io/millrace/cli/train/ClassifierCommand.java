// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ClassifierTraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.LabelledText;
import picocli.CommandLine.Command;

import java.io.IOException;

/** Classes of texts. */
@Command(
    name = "classifier",
    description = "Teach an encoder to tell classes of texts, or of pairs of texts, apart.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array; labels are words, whole numbers or true and false:",
      "  {\"text\": \"…\", \"label\": \"complaint\"}      {\"sentence1\": \"…\", \"sentence2\": \"…\", \"label\": 1}",
      "",
      "  millrace train classifier --base en --data tickets.jsonl --seconds 60 --output tickets",
    })
final class ClassifierCommand extends EncoderStageCommand {
  ClassifierCommand() {
    super(RunOptions.encoder(5e-5, 32));
  }

  @Override
  String kind() {
    return "classifier";
  }

  @Override
  StageResult train(RunControl control) throws IOException {
    Dataset.Split<LabelledText> split = data.read(LabelledText::read, LabelledText::text, this::note);
    ClassifierTraining.Result result = new ClassifierTraining(new ClassifierTraining.Settings(
        name(), encoder.maxLength, run.batchSize, encoder.lastLayers, run.optimisation()), control)
        .run(encoder.encoder(), split.training(), split.heldOut(), run.output);
    note("classes: " + result.labels());
    return new StageResult(result.outcome(), StageResult.classification(result.before(), result.after()), inputs());
  }
}
