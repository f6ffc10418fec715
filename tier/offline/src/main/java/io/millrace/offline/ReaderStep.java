// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.train.Budget;
import io.millrace.train.ReaderTraining;
import io.millrace.train.SpanExample;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** Teaches the pretrained encoder of a language to point at answers. */
final class ReaderStep implements Step {

  /** With fewer examples the head learns their places by heart. */
  private static final int FEWEST = 50;

  /** More than the budget can use would only be cut into tokens. */
  private static final int MOST = 12_000;

  private final OfflineSettings settings;
  private final Language language;

  ReaderStep(OfflineSettings settings, Language language) {
    this.settings = settings;
    this.language = language;
  }

  static String name(Language language) {
    return "reader-" + language.code();
  }

  @Override
  public String name() {
    return name(language);
  }

  @Override
  public String kind() {
    return "reader";
  }

  @Override
  public String purpose() {
    return "teach an encoder to point at answers in " + (language == Language.CHINESE ? "Chinese" : "English");
  }

  @Override
  public int revision() {
    return 2;
  }

  @Override
  public List<String> needs() {
    return List.of(QuestionsStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return Map.of("language", language.code(), "seconds", Integer.toString(settings.readerSeconds()));
  }

  @Override
  public @Nullable String idle(Map<String, Path> inputs) throws IOException {
    int count = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language).training().size();
    return count >= FEWEST ? null : "only " + count + " questions in this language, a reader needs " + FEWEST;
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress)
      throws IOException {
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    ReaderTraining training =
        new ReaderTraining(
            ReaderTraining.Settings.small(language, Budget.ofTime(Duration.ofSeconds(settings.readerSeconds()))),
            Training.control(work, progress));
    ReaderTraining.Result result =
        training.run(
            questions.training().stream().limit(MOST).map(SpanExample::of).toList(), List.of(), output);
    if (!result.outcome().finished()) {
      throw new CancellationException(name() + " was cancelled; run the same command again to continue");
    }
    Training.keepCurve(work, output.resolve("metrics.jsonl"));
    Map<String, Double> scores = new TreeMap<>();
    scores.put("loss", result.outcome().finalLoss());
    scores.put("steps", (double) result.outcome().steps());
    scores.putAll(GroundedAnswers.ofReader(output, questions, progress));
    return new Product(scores, List.of());
  }

  @Override
  public String describe(ArtifactVersion version) {
    return "span reader, " + version.scores().getOrDefault("steps", 0.0).longValue() + " steps";
  }
}
