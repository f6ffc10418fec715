// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.train.EmbedderTraining;
import io.millrace.train.HardNegatives;
import io.millrace.train.MinedNegatives;
import io.millrace.train.RunControl;
import io.millrace.train.TextEmbedder;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.RelevantPair;
import io.millrace.train.loss.InfoNceLoss;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;

/** Vectors of texts. */
@Command(
    name = "embedder",
    description = "Teach an encoder which texts of your domain belong together, for retrieval.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Data, JSON lines or a JSON array, one of (negatives may be missing):",
      "  {\"query\": \"…\", \"positive\": \"…\", \"negative\": \"…\" or [\"…\", \"…\"]}",
      "  {\"query\": \"…\", \"pos\": [\"…\"], \"neg\": [\"…\"]}      {\"anchor\": \"…\", \"positive\": \"…\"}",
      "  {\"sentence1\": \"…\", \"sentence2\": \"…\", \"label\": 1}",
      "",
      "  millrace train embedder --base zh --data pairs.jsonl --seconds 120 --output my-embedder",
      "With negatives that the encoder itself takes for answers:",
      "  millrace train embedder --base en --data pairs.jsonl --mine --negatives 2 --output my-embedder",
      "The folder is read by sentence-transformers too.",
    })
final class EmbedderCommand extends EncoderStageCommand {
  @Option(names = "--negatives", paramLabel = "N", order = 33,
      description = "Hard negatives a pair, at most (${DEFAULT-VALUE}); all other texts of the batch count too.")
  int negatives = 1;

  @Option(names = "--mine", order = 33,
      description = "Where the data bring too few hard negatives, let the encoder find some among the other texts.")
  boolean mine;

  @Option(names = "--temperature", paramLabel = "N", order = 33,
      description = "Divides cosines; the smaller, the more the hardest negatives count (${DEFAULT-VALUE}).")
  double temperature = 0.05;

  @Option(names = "--symmetric", order = 33, description = "Each text must also find its query.")
  boolean symmetric;

  @Option(names = "--share", paramLabel = "N", order = 33,
      description = "How much of what was learned is taken, above 0 to 1 (${DEFAULT-VALUE}). Half keeps more of what the encoder "
          + "knew: for data that resemble each other more than what will be asked.")
  double share = 1;

  @Option(names = "--query-instruction", paramLabel = "TEXT", order = 33,
      description = "Put before each query, in training and later.")
  String instruction = "";

  EmbedderCommand() {
    super(RunOptions.encoder(3e-5, 32));
  }

  @Override
  String kind() {
    return "embedder";
  }

  @Override
  StageResult train(RunControl control) throws IOException {
    Dataset.Split<RelevantPair> split = data.read(RelevantPair::read, RelevantPair::query, this::note);
    EmbedderTraining stage = new EmbedderTraining(new EmbedderTraining.Settings(name(), encoder.maxLength, instruction,
        run.batchSize, negatives, encoder.lastLayers, share, new InfoNceLoss(temperature, symmetric), run.optimisation()), control);
    EmbedderTraining.Result result;
    if (mine) {
      EmbedderSettings settings = new EmbedderSettings("base", instruction, encoder.maxLength);
      try (TextEmbedder miner = TextEmbedder.open(encoder.encoder(), settings, run.precision())) {
        result = stage.run(
            encoder.encoder(), split.training(), new MinedNegatives(miner, 0.95).afterGiven(), split.heldOut(), run.output);
      }
    } else {
      result = stage.run(encoder.encoder(), split.training(), HardNegatives.GIVEN, split.heldOut(), run.output);
    }
    return new StageResult(result.outcome(), StageResult.ranking(result.before(), result.after()), inputs());
  }
}
