// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.compress.Quantisation;
import io.millrace.compress.QuantisationReport;
import io.millrace.compress.Recipe;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.settings.DomainPack;
import io.millrace.corpus.HeldOut;
import io.millrace.corpus.TrainingText;
import io.millrace.model.decoder.DecoderConfig;
import io.millrace.model.tokenizer.SpecialToken;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.train.Budget;
import io.millrace.train.FineTuning;
import io.millrace.train.Outcome;
import io.millrace.train.Pretraining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/**
 * Makes the domain's language model: pretrained from nothing on the corpus, tuned on grounded questions, quantised to
 * int8, measured as it will be served. Each part that is finished is kept, so an interrupted run loses a minute at most.
 */
final class DecoderStep implements Step {

  static final String NAME = "decoder";

  /** No two cores train faster than this; more text than the budget can use is not even encoded. */
  private static final int MOST_TOKENS_A_SECOND = 12_000;

  private static final int MOST_HELD_OUT_TOKENS = 60_000;

  /** What pretraining came to, kept beside its result. */
  private record Pretrained(double perplexity, double loss, long tokens) {}

  private final OfflineSettings settings;

  DecoderStep(OfflineSettings settings) {
    this.settings = settings;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String kind() {
    return "decoder";
  }

  @Override
  public String purpose() {
    return "train a language model from nothing, tune it, compress it, measure it";
  }

  @Override
  public int revision() {
    return 4;
  }

  @Override
  public List<String> needs() {
    return List.of(CorpusStep.NAME, QuestionsStep.NAME, TokenizerStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return TrainingCorpus.settings(settings, new TreeMap<>(Map.of(
        "shape", settings.decoder().toString(),
        "tuningSeconds", Integer.toString(settings.tuningSeconds()),
        "heldOutPercent", Integer.toString(settings.pack().budgets().heldOutPercent()))));
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
      throws IOException {
    Path vocabulary = StepFiles.of(inputs, TokenizerStep.NAME).resolve(Tokenizer.FILE);
    Path base = work.resolve("base");
    Path tuned = work.resolve("tuned");
    Map<Language, Questions> questions = new EnumMap<>(Language.class);
    for (Language language : Language.values()) {
      questions.put(language, Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language));
    }
    try (Tokenizer tokenizer = Tokenizer.load(vocabulary)) {
      if (!Files.isDirectory(base)) {
        pretrain(StepFiles.of(inputs, CorpusStep.NAME), tokenizer, work, base, progress);
      }
      if (!Files.isDirectory(tuned)) {
        tune(questions, tokenizer, work, base, tuned, progress);
      }
    }
    Files.copy(vocabulary, tuned.resolve(Tokenizer.FILE), StandardCopyOption.REPLACE_EXISTING);
    QuantisationReport compression = Quantisation.run(tuned, output, Recipe.INT8);
    Training.keepCurve(work.resolve("pretraining"), output.resolve("pretraining.jsonl"));
    Training.keepCurve(work.resolve("tuning"), output.resolve("tuning.jsonl"));
    progress.check();

    Map<String, Double> scores = new TreeMap<>();
    Pretrained pretrained = Json.read(Files.readAllBytes(base.resolve("pretrained.json")), Pretrained.class);
    if (!Double.isNaN(pretrained.perplexity())) {
      // Of the language model on held-out pages, before it was tuned to answer; per token of its own vocabulary.
      scores.put("perplexity", pretrained.perplexity());
    }
    scores.put("tokens", (double) pretrained.tokens());
    scores.put("int8Bytes", (double) compression.bytesAfter());
    scores.put("int8Error", compression.meanError());
    scores.putAll(GroundedAnswers.ofDecoder(output, questions, progress));
    return new Product(scores, List.of());
  }

  private void pretrain(Path corpus, Tokenizer tokenizer, Path work, Path base, StepProgress progress)
      throws IOException {
    DomainPack.DecoderPlan plan = settings.decoder();
    HeldOut heldOut = new HeldOut(settings.pack().budgets().heldOutPercent());
    List<Document> documents = TrainingCorpus.read(corpus, settings).documents();
    int end = tokenizer.id(SpecialToken.END_OF_TEXT);
    int seconds = settings.number(plan.seconds());
    int[] tokens =
        encode(TrainingText.of(documents, id -> !heldOut.contains(id)), tokenizer, end, (int) Math.min(1 << 30, (long) seconds * MOST_TOKENS_A_SECOND), progress);
    int[] unseen =
        encode(TrainingText.of(documents, heldOut::contains), tokenizer, end, MOST_HELD_OUT_TOKENS, progress);
    Path part = work.resolve("base.part");
    Pretraining.Result result =
        new Pretraining(
                Pretraining.Settings.small(shape(plan, tokenizer, end), Budget.ofTime(Duration.ofSeconds(seconds))),
                Training.control(work.resolve("pretraining"), progress))
            .run(tokens, unseen, part);
    checkFinished(result.outcome());
    Double perplexity = result.heldOutPerplexity();
    Files.write(
        part.resolve("pretrained.json"),
        Json.bytes(
            new Pretrained(
                perplexity == null ? Double.NaN : perplexity, result.outcome().finalLoss(), result.outcome().tokens())));
    Files.move(part, base, StandardCopyOption.ATOMIC_MOVE);
  }

  private DecoderConfig shape(DomainPack.DecoderPlan plan, Tokenizer tokenizer, int end) {
    int width = settings.number(plan.width());
    int heads = settings.number(plan.heads());
    // SwiGLU has three matrices: two thirds of four times the width keep the usual cost (Shazeer 2020), in whole lanes.
    int inner = (width * 8 / 3 + 63) / 64 * 64;
    return new DecoderConfig(
        tokenizer.size(),
        width,
        inner,
        settings.number(plan.layers()),
        heads,
        settings.number(plan.keyValueHeads()),
        width / heads,
        settings.number(plan.context()),
        10_000,
        1e-5,
        true,
        end,
        end,
        end);
  }

  private static int[] encode(List<String> texts, Tokenizer tokenizer, int end, int most, StepProgress progress) {
    int[] tokens = new int[1 << 16];
    int count = 0;
    for (String text : texts) {
      if (count >= most) {
        break;
      }
      progress.check();
      int[] more = tokenizer.encode(text);
      if (count + more.length + 1 > tokens.length) {
        tokens = Arrays.copyOf(tokens, Math.max(tokens.length * 2, count + more.length + 1));
      }
      System.arraycopy(more, 0, tokens, count, more.length);
      count += more.length;
      tokens[count++] = end;
    }
    return Arrays.copyOf(tokens, count);
  }

  private void tune(
      Map<Language, Questions> questions, Tokenizer tokenizer, Path work, Path base, Path tuned, StepProgress progress)
      throws IOException {
    GroundedExamples examples = new GroundedExamples(tokenizer);
    FineTuning tuning =
        new FineTuning(
            FineTuning.Settings.small(settings.number(settings.decoder().context()), Budget.ofTime(Duration.ofSeconds(settings.tuningSeconds()))),
            Training.control(work.resolve("tuning"), progress));
    Path part = work.resolve("tuned.part");
    FineTuning.Result result =
        tuning.run(base, examples.of(questions, settings.tuningSeconds() * 100), List.of(), part);
    checkFinished(result.outcome());
    Files.move(part, tuned, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void checkFinished(Outcome outcome) {
    if (!outcome.finished()) {
      throw new CancellationException(
          outcome.stage() + " was cancelled after " + outcome.steps() + " steps; run the same command again to continue");
    }
  }

  @Override
  public String describe(ArtifactVersion version) {
    return String.format(
        Locale.ROOT,
        "%d-layer decoder, int8, %.1f MB",
        settings.number(settings.decoder().layers()),
        version.scores().getOrDefault("int8Bytes", 0.0) / (1 << 20));
  }
}
