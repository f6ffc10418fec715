// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.ChatExamples;
import io.millrace.train.KtoTraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Judgement;
import io.millrace.train.loss.KtoLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;

/** Preferences from single judgements. */
@Command(
    name = "kto",
    description = "Teach a decoder from answers that people found good or bad, without pairs (Kahneman-Tversky optimisation).",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array, one of:",
      "  {\"prompt\": \"…\", \"completion\": \"…\", \"label\": true}",
      "  {\"messages\": [… the last one is the answer …], \"label\": false}",
      "",
      "  millrace train kto --base answers --data thumbs.jsonl --learning-rate 1e-4 --seconds 120 --output liked",
    })
final class KtoCommand extends DecoderStageCommand {
  @Option(names = "--beta", paramLabel = "N", order = 33,
      description = "How far the decoder may move: the smaller, the farther (${DEFAULT-VALUE}).")
  double beta = 0.1;

  @Option(names = "--desirable", paramLabel = "WEIGHT", order = 33, description = "Of good answers (${DEFAULT-VALUE}).")
  double desirable = 1;

  @Option(names = "--undesirable", paramLabel = "WEIGHT", order = 33, description = "Of bad answers (${DEFAULT-VALUE}).")
  double undesirable = 1;

  KtoCommand() {
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
    Dataset.Split<Judgement> split = data.read(
        Judgement::read, judgement -> judgement.prompt().getLast().content(), this::note);
    KtoTraining.Result result = new KtoTraining(new KtoTraining.Settings(sequenceLength, run.microBatch(),
        new KtoLoss(beta, desirable, undesirable), decoder.adaptation(), run.optimisation()), control)
        .run(decoder.base, judged(split.training(), chat), judged(split.heldOut(), chat), run.output);
    noteSkipped(result.skipped(), "answers");
    KtoTraining.Score after = result.after();
    return StageResult.of(result.outcome(), after == null ? List.of() : List.of(new StageResult.Measure("separation", 0.5,
        after.separation(), "of %d good and %d bad answers; chance is 0.5".formatted(after.good(), after.bad()))));
  }

  private static List<KtoTraining.Judged> judged(List<Judgement> judgements, ChatExamples chat) {
    return judgements.stream().map(judgement -> KtoTraining.Judged.of(judgement, chat)).toList();
  }
}
