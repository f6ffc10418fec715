// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.encoder.PairLayout;
import io.millrace.train.CrossEncoderTraining;
import io.millrace.train.HardNegatives;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.RelevantPair;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;

/** Relevance, by reading query and text together. */
@Command(
    name = "cross-encoder",
    description = "Teach an encoder to say how relevant a text is to a query, for re-ranking.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data as for 'millrace train embedder'. Before training the encoder's cosines are measured on the same candidates.",
      "",
      "  millrace train cross-encoder --base zh --data triples.jsonl --loss listwise --output my-reranker",
    })
final class CrossEncoderCommand extends EncoderStageCommand {
  @Option(names = "--loss", paramLabel = "NAME", order = 33,
      description = "listwise: the query's texts against each other; pointwise: each for itself (${DEFAULT-VALUE}).")
  CrossEncoderTraining.Loss loss = CrossEncoderTraining.Loss.LISTWISE;

  @Option(names = "--negatives", paramLabel = "N", order = 33,
      description = "Texts beside the right one: hard ones of the data first, then others' (${DEFAULT-VALUE}).")
  int negatives = 3;

  CrossEncoderCommand() {
    super(RunOptions.encoder(5e-5, 16));
  }

  @Override
  String kind() {
    return "cross-encoder";
  }

  @Override
  StageResult train(RunControl control) throws IOException {
    Dataset.Split<RelevantPair> split = data.read(RelevantPair::read, RelevantPair::query, this::note);
    CrossEncoderTraining.Result result = new CrossEncoderTraining(new CrossEncoderTraining.Settings(name(),
        encoder.maxLength, PairLayout.PLAIN, run.batchSize, negatives, encoder.lastLayers, loss, run.optimisation()), control)
        .run(encoder.encoder(), split.training(), HardNegatives.GIVEN, split.heldOut(), run.output);
    return new StageResult(result.outcome(), StageResult.ranking(result.before(), result.after()), inputs());
  }
}
