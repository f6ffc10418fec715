// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.model.encoder.PairLayout;
import io.millrace.tensor.Torch;
import io.millrace.train.CrossEncoder;
import io.millrace.train.CrossEncoderTraining;
import io.millrace.train.EncoderBase;
import io.millrace.train.HardNegatives;
import io.millrace.train.RunControl;
import io.millrace.train.Teaching;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.RelevantPair;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

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
      "A small one that it teaches:",
      "  millrace train cross-encoder --base zh --small --max-length 64 --learning-rate 1e-3 --teacher my-reranker \\",
      "      --data triples.jsonl --output my-small-reranker",
    })
final class CrossEncoderCommand extends EncoderStageCommand {
  @Option(names = "--loss", paramLabel = "NAME", order = 33,
      description = "listwise: the query's texts against each other; pointwise: each for itself (${DEFAULT-VALUE}).")
  CrossEncoderTraining.Loss loss = CrossEncoderTraining.Loss.LISTWISE;

  @Option(names = "--negatives", paramLabel = "N", order = 33,
      description = "Texts beside the right one: hard ones of the data first, then others' (${DEFAULT-VALUE}).")
  int negatives = 3;

  @Option(names = "--small", order = 6,
      description = "Begin with two new layers of 128 that have the words of --base (en or zh): reads 50 texts in some 20 ms of one core.")
  boolean small;

  @Option(names = "--teacher", paramLabel = "DIR", order = 6,
      description = "Learn also what a larger one, trained before, thinks of a query's texts.")
  @Nullable Path teacher;

  @Option(names = "--teacher-share", paramLabel = "PART", order = 33,
      description = "Its opinion's share in what is wanted; the right text has the rest (${DEFAULT-VALUE}).")
  double share = 0.5;

  @Option(names = "--temperature", paramLabel = "N", order = 33,
      description = "Of its opinion; above 1 shows more of what it holds unlikely (${DEFAULT-VALUE}).")
  double temperature = 1;

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
    Path folder = teacher;
    if (folder == null) {
      return train(split, Teaching.NONE, control);
    }
    try (CrossEncoder model = CrossEncoder.load(folder, Torch.fastest())) {
      return train(split, new Teaching(folder.toString(), model::score, share, temperature), control);
    }
  }

  private StageResult train(Dataset.Split<RelevantPair> split, Teaching teaching, RunControl control) throws IOException {
    PairLayout layout = small ? PairLayout.MARKED : PairLayout.PLAIN;
    CrossEncoderTraining.Settings settings = new CrossEncoderTraining.Settings(
        name(), encoder.maxLength, layout, run.batchSize, negatives, encoder.lastLayers, loss, run.optimisation());
    EncoderBase base = small ? settings.smallBase(encoder.comingAlong()) : encoder.encoder();
    CrossEncoderTraining.Result result =
        new CrossEncoderTraining(settings, teaching, control).run(base, split.training(), HardNegatives.GIVEN, split.heldOut(), run.output);
    return new StageResult(result.outcome(), StageResult.ranking(result.before(), result.after()), lineage());
  }

  private Map<String, String> lineage() {
    Map<String, String> all = new TreeMap<>(inputs());
    if (teacher != null) {
      all.put("teacher", teacher.toString());
    }
    return all;
  }
}
