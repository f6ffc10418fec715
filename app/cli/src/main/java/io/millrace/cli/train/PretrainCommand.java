// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.core.json.Json;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.BpeTrainer;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.tensor.Device;
import io.millrace.train.ParallelPretraining;
import io.millrace.train.Pretraining;
import io.millrace.train.RunControl;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.PlainTexts;
import io.millrace.train.distributed.Sharding;
import io.millrace.train.parallel.Mesh;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** A language model from plain text. */
@Command(
    name = "pretrain",
    description = "Train a decoder to continue texts: from nothing, or further on your texts (--base).",
    mixinStandardHelpOptions = true,
    sortOptions = true,
    footer = {
      "",
      "Data: a text file is one document, or several parted by lines that say <|endoftext|>; folders of .txt and .md;",
      "JSON lines {\"text\": \"…\"}; all may be compressed (.gz) where they are JSON.",
      "",
      "From nothing, in two minutes:",
      "  millrace train pretrain --data shakespeare.txt --size tiny --seconds 120 --output tiny-shakespeare",
      "A checkpoint that you have, further on your texts:",
      "  millrace train pretrain --base qwen3-0.6b --data manuals/ --learning-rate 2e-5 --output qwen3-manuals",
      "A decoder that four processes hold together, each half of the matrices of two copies:",
      "  millrace train pretrain --data texts/ --size base --processes 4 --tensor-parallel 2 --output base",
      "Then teach it to answer: millrace train sft --help",
    })
final class PretrainCommand extends StageCommand {
  private static final int USUAL_LENGTH = 256;

  @Mixin DataOptions data = new DataOptions();
  @Mixin ShapeOptions shape = new ShapeOptions();

  @Option(names = "--base", paramLabel = "DIR", order = 4,
      description = "Hugging Face folder of a decoder to train further, instead of a new one.")
  @Nullable Path base;

  @Option(names = "--tokenizer", paramLabel = "FILE", order = 6,
      description = "A tokenizer.json, or a folder with one, such as the output of 'millrace train tokenizer'.")
  @Nullable Path tokenizer;

  @Option(names = "--sequence-length", paramLabel = "TOKENS", order = 9,
      description = "Tokens of a row; without it " + USUAL_LENGTH + ", or the decoder's context.")
  @Nullable Integer sequenceLength;

  @Option(names = "--tensor-parallel", paramLabel = "N", order = 35,
      description = "Cut the matrices of each block among so many of the --processes, for a decoder too large for one (${DEFAULT-VALUE}).")
  int tensorParallel = 1;

  @Option(names = "--expert-parallel", paramLabel = "N", order = 36,
      description = "Spread the experts of a mixture, which comes with --base, over so many of the --processes (${DEFAULT-VALUE}).")
  int expertParallel = 1;

  PretrainCommand() {
    super(RunOptions.decoder(2.5e-3, 4, RunOptions.Fall.WSD));
  }

  @Override
  String kind() {
    return "decoder";
  }

  @Override
  boolean distributes() {
    return true;
  }

  @Override
  @Nullable Path base() {
    return base;
  }

  @Override
  void checkDivision(int processes) {
    if (!parallel()) {
      super.checkDivision(processes);
      return;
    }
    if (run.sharding != Sharding.NONE) {
      throw new IllegalArgumentException("--sharding %s goes with copies of the whole decoder, not with --tensor-parallel or --expert-parallel"
          .formatted(run.sharding.name().toLowerCase(Locale.ROOT)));
    }
    mesh(processes).requireDivides("--batch-size", run.batchSize);
  }

  /** Whether no process holds the whole decoder. */
  private boolean parallel() {
    return tensorParallel != 1 || expertParallel != 1;
  }

  private Mesh mesh(int processes) {
    try {
      return Mesh.of(processes, expertParallel, tensorParallel);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--processes %d with --expert-parallel %d and --tensor-parallel %d: %s"
          .formatted(processes, expertParallel, tensorParallel, e.getMessage()), e);
    }
  }

  @Override
  StageResult train(RunControl control) throws IOException {
    if (run.accumulate != 1 || run.checkpointing && !parallel()) {
      throw new IllegalArgumentException("--accumulate and --checkpointing are for the stages that begin with a decoder;"
          + " for pretraining choose --batch-size and --sequence-length instead");
    }
    Texts texts = texts();
    leaderFirst(control, () -> learnVocabulary(control.folder(), texts.training()));
    Path vocabulary = vocabulary(control.folder());
    try (Tokenizer read = Tokenizer.load(vocabulary)) {
      DecoderConfig config = config(read);
      int length = sequenceLength == null ? Math.min(USUAL_LENGTH, config.maxPositions()) : sequenceLength;
      int[] tokens = encode(texts.training(), read, config.eosId());
      int[] unseen = encode(texts.heldOut(), read, config.eosId());
      note("%,d documents, %,d tokens to learn from, %,d held out; %,d parameters"
          .formatted(texts.training().size(), tokens.length, unseen.length, config.parameters()));
<<<<<<< HEAD
      Pretraining stage = new Pretraining(new Pretraining.Settings(config, length, run.batchSize, run.learningRate,
          run.schedule(), run.budget(), run.optimiser(), run.precision(), run.seed), control);
      Pretraining.Result result = (base == null ? stage : stage.from(base)).with(vocabulary).run(tokens, unseen,
          document -> document < texts.training().size() ? excerpt(texts.training().get(document)) : "the end", run.output);
=======
      Pretraining.Result result = pretrained(new Pretraining.Settings(config, length, run.batchSize, run.learningRate,
          run.schedule(), run.budget(), run.optimiser(), run.precision(), run.seed), control, tokens, unseen,
          document -> document < texts.training().size() ? excerpt(texts.training().get(document)) : "the end");
      if (result.outcome().finished() && control.distribution().leads()) {
        Files.copy(vocabulary, run.output.resolve(Tokenizer.FILE), StandardCopyOption.REPLACE_EXISTING);
      }
>>>>>>> dist
      List<StageResult.Measure> measures = unseen.length < 2 ? List.of() : List.of(
          new StageResult.Measure("perplexity", result.perplexityBefore(), result.heldOutPerplexity(), "per token of its own vocabulary"),
          new StageResult.Measure("bitsPerByte", bits(result.perplexityBefore(), unseen, texts.heldOut()),
              bits(result.heldOutPerplexity(), unseen, texts.heldOut()), "comparable between vocabularies"));
      return new StageResult(result.outcome(), measures, Map.of("data", data.files.toString(), "shape", config.toString()));
    }
  }

  private Pretraining.Result pretrained(
      Pretraining.Settings settings, RunControl control, int[] tokens, int[] unseen, Function<Integer, String> names)
      throws IOException {
    if (parallel()) {
      Mesh mesh = mesh(control.distribution().size());
      ParallelPretraining stage =
          new ParallelPretraining(new ParallelPretraining.Settings(settings, mesh, run.checkpointing), control, Device.CPU);
      return (base == null ? stage : stage.from(base)).run(tokens, unseen, names, run.output);
    }
    Pretraining stage = new Pretraining(settings, control);
    return (base == null ? stage : stage.from(base)).run(tokens, unseen, names, run.output);
  }

  private static @Nullable Double bits(@Nullable Double perplexity, int[] tokens, List<String> texts) {
    if (perplexity == null) {
      return null;
    }
    long bytes = texts.stream().mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length).sum();
    return Math.log(perplexity) / Math.log(2) * tokens.length / bytes;
  }

  private static String excerpt(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return "“" + line.substring(0, Math.min(40, line.length())) + "…”";
  }

  /** What is learnt and what is kept away from it. */
  private record Texts(List<String> training, List<String> heldOut) {}

  /** Few long documents are cut near their end rather than kept away as a whole. */
  private Texts texts() throws IOException {
    if (!data.heldOut.isEmpty() || data.percent == 0) {
      Dataset.Split<String> split = data.read(PlainTexts::read, text -> text, this::note);
      return new Texts(split.training(), split.heldOut());
    }
    int percent = data.percent;
    data.percent = 0;
    List<String> all = data.read(PlainTexts::read, text -> text, this::note).training();
    data.percent = percent;
    if (all.size() >= 200) {
      Dataset.Split<String> split = new Dataset<>(all, Map.of()).split(percent, text -> text);
      return new Texts(split.training(), split.heldOut());
    }
    String[] kept = all.toArray(String[]::new);
    String[] unseen = new String[kept.length];
    for (int i = 0; i < kept.length; i++) {
      int cut = kept[i].length() - kept[i].length() * percent / 100;
      int line = kept[i].indexOf('\n', cut);
      cut = line < 0 ? cut : line + 1;
      unseen[i] = kept[i].substring(cut);
      kept[i] = kept[i].substring(0, cut);
    }
    return new Texts(List.of(kept), Arrays.stream(unseen).filter(text -> !text.isBlank()).toList());
  }

  /** Makes a tokenizer where none is given and an earlier run has left none. */
  private void learnVocabulary(Path folder, List<String> texts) throws IOException {
    Path file = folder.resolve(Tokenizer.FILE);
    if (tokenizer == null && base == null && (!Files.isRegularFile(file) || !run.resume)) {
      BpeTrainer.ofSize(shape.vocabulary()).train(texts.iterator()).writeTokenizerJson(file);
    }
  }

  private Path vocabulary(Path folder) {
    Path given = tokenizer != null || base == null ? tokenizer : base.resolve(Tokenizer.FILE);
    if (given != null) {
      Path file = Files.isDirectory(given) ? given.resolve(Tokenizer.FILE) : given;
      if (!Files.isRegularFile(file)) {
        throw new IllegalArgumentException("no tokenizer " + file);
      }
      return file;
    }
    return folder.resolve(Tokenizer.FILE);
  }

  private DecoderConfig config(Tokenizer read) throws IOException {
    if (base == null) {
      return shape.config(read);
    }
    Path file = base.resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no " + file + ": give a Hugging Face folder with --base");
    }
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(file)));
    if (read.size() > config.vocabSize()) {
      throw new IllegalArgumentException("the tokenizer has %d tokens, but the decoder of %s embeds %d: they do not belong together"
          .formatted(read.size(), base, config.vocabSize()));
    }
    return config;
  }

  private static int[] encode(List<String> texts, Tokenizer tokenizer, int end) {
    List<int[]> parts = texts.stream().map(tokenizer::encode).toList();
    int[] tokens = new int[parts.stream().mapToInt(part -> part.length + 1).sum()];
    int at = 0;
    for (int[] part : parts) {
      System.arraycopy(part, 0, tokens, at, part.length);
      at += part.length;
      tokens[at++] = end;
    }
    return tokens;
  }
}
