// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.ChatExamples;
import io.millrace.train.Distillation;
import io.millrace.train.Example;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.Dialogue;
import io.millrace.train.data.Dialogues;
import io.millrace.train.loss.Divergence;
import io.millrace.train.rollout.Sampling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A smaller model from a larger one. */
@Command(
    name = "distil",
    description = "Teach a smaller decoder to say what a larger one of the same vocabulary would.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data as for 'millrace train sft'. --base is the student.",
      "",
      "  millrace train distil --teacher large --base small --data dialogues.jsonl --output small-taught",
      "On answers that the student tries itself, half of the time:",
      "  millrace train distil --teacher large --base small --on-policy 0.5 --data dialogues.jsonl --output small-taught",
    })
final class DistilCommand extends DecoderStageCommand {
  /** How the student's distribution is compared with the teacher's. */
  enum Comparison {
    FORWARD(Divergence.FORWARD),
    REVERSE(Divergence.REVERSE),
    JENSEN_SHANNON(new Divergence.JensenShannon(0.5));

    private final Divergence divergence;

    Comparison(Divergence divergence) {
      this.divergence = divergence;
    }
  }

  @Option(names = "--teacher", paramLabel = "DIR", required = true, order = 4, description = "Hugging Face folder of the teacher.")
  Path teacher = Path.of("");

  @Option(names = "--divergence", paramLabel = "NAME", order = 33,
      description = "forward (covers all that the teacher says), reverse (what it says most) or jensen_shannon (${DEFAULT-VALUE}).")
  Comparison comparison = Comparison.FORWARD;

  @Option(names = "--temperature", paramLabel = "N", order = 33, description = "Of both distributions (${DEFAULT-VALUE}).")
  double temperature = 1;

  @Option(names = "--data-weight", paramLabel = "PART", order = 33,
      description = "Share of the plain loss on the given answers (${DEFAULT-VALUE}).")
  double dataWeight = 0;

  @Option(names = "--on-policy", paramLabel = "PART", order = 33,
      description = "Share of batches whose answers the student samples itself (${DEFAULT-VALUE}).")
  double onPolicy = 0;

  @Option(names = "--max-tokens", paramLabel = "N", order = 33, description = "Longest answer that it samples (${DEFAULT-VALUE}).")
  int maxTokens = 64;

  DistilCommand() {
    super(RunOptions.decoder(5e-4, 8, RunOptions.Fall.COSINE));
  }

  @Override
  String kind() {
    return "decoder";
  }

  @Override
  StageResult train(RunControl control, ChatExamples chat, int sequenceLength) throws IOException {
    Dataset.Split<Dialogue> split = data.read(Dialogues::read, Dialogue::opening, this::note);
    List<Example> heldOut = split.heldOut().stream().map(chat::dialogue).toList();
    Sampling sampling;
    try (Tokenizer tokenizer = decoder.tokenizer(decoder.config())) {
      sampling = Sampling.plain(maxTokens, decoder.template(tokenizer).end());
    }
    Distillation.Result result = new Distillation(new Distillation.Settings(sequenceLength, run.batchSize,
        comparison.divergence, temperature, dataWeight, onPolicy, sampling, decoder.adaptation(), run.optimisation()), control)
        .run(teacher, decoder.base, split.training().stream().map(chat::dialogue).toList(), heldOut, run.output);
    noteSkipped(result.skipped(), "dialogues");
    Distillation.Score before = result.before();
    Distillation.Score after = result.after();
    if (before == null) {
      return StageResult.of(result.outcome(), List.of());
    }
    return StageResult.of(result.outcome(), List.of(
        new StageResult.Measure("divergence", before.divergence(), after != null ? after.divergence() : null,
            "KL(teacher, student), nats per answer token"),
        new StageResult.Measure("answerLoss", before.loss(), after != null ? after.loss() : null,
            "nats per answer token of " + heldOut.size() + " dialogues")));
  }
}
