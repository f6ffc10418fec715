// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.document.Language;
import io.millrace.train.ReaderScore;
import io.millrace.train.ReaderTraining;
import io.millrace.train.RunControl;
import io.millrace.train.SpanExample;
import io.millrace.train.data.AnsweredQuestion;
import io.millrace.train.data.Dataset;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Answers as quotations. */
@Command(
    name = "reader",
    description = "Teach an encoder to point at the answer within a passage, or to say that there is none.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array; no answers means that the passage does not answer:",
      "  {\"question\": \"…\", \"passage\": \"…\", \"answers\": [\"…\"]}",
      "  {\"question\": \"…\", \"context\": \"…\", \"answers\": {\"text\": [\"…\"], \"answer_start\": [17]}}      SQuAD",
      "",
      "  millrace train reader --language zh --data questions.jsonl --seconds 120 --output my-reader",
      "Of a domain, from questions made of its content:  millrace train domain my-domain --model reader",
    })
final class ReaderCommand extends StageCommand {
  @Mixin DataOptions data = new DataOptions();

  @Option(names = "--language", paramLabel = "CODE", order = 4, description = "Whose encoder it begins with: en or zh (${DEFAULT-VALUE}).")
  String language = "en";

  ReaderCommand() {
    super(RunOptions.encoder(3e-4, 1024));
  }

  @Override
  String kind() {
    return "reader";
  }

  @Override
  StageResult train(RunControl control) throws IOException {
    Dataset.Split<AnsweredQuestion> split = data.read(AnsweredQuestion::read, AnsweredQuestion::question, this::note);
    ReaderTraining.Settings usual = ReaderTraining.Settings.small(Language.ofCode(language), run.budget());
    ReaderTraining.Result result = new ReaderTraining(new ReaderTraining.Settings(usual.language(), usual.maxLength(),
        usual.maxAnswerTokens(), Math.max(usual.maxLength(), run.batchSize), usual.frozenLayers(), run.learningRate,
        run.schedule(), run.budget(), run.optimiser(), run.precision(), run.seed), control)
        .run(examples(split.training()), examples(split.heldOut()), run.output);
    if (result.skipped() > 0) {
      note("%,d answers were longer than a window and left out".formatted(result.skipped()));
    }
    List<StageResult.Measure> measures = new ArrayList<>();
    ReaderScore score = result.score();
    if (score != null) {
      measures.add(new StageResult.Measure("exactMatch", null, score.exactMatch(), "share of questions answered word for word"));
      measures.add(new StageResult.Measure("f1", null, score.f1(), "overlap of words with the right answer"));
    }
    return new StageResult(result.outcome(), measures, Map.of("data", data.files.toString(), "language", language));
  }

  private static List<SpanExample> examples(List<AnsweredQuestion> questions) {
    return questions.stream()
        .map(q -> new SpanExample(q.question(), q.passage(), q.start(), q.end(), q.answers())).toList();
  }
}
