// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.train.Budget;
import io.millrace.train.ReaderTraining;
import io.millrace.train.SpanExample;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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
  private static final int MOST_A_SECOND = 60;

  /** What training came to, kept beside its result. */
  private record Trained(double loss, long steps) {}

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
    return 3;
  }

  @Override
  public List<String> needs() {
    return List.of(QuestionsStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    return Map.of("language", language.code(), "training", training().toString());
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
    Path trained = work.resolve("trained");
    if (!Files.isDirectory(trained)) {
      train(questions, work, trained, progress);
    }
    Trained outcome = Json.read(Files.readAllBytes(trained.resolve("trained.json")), Trained.class);
    StepFiles.copyTree(trained, output);
    Files.delete(output.resolve("trained.json"));
    Training.keepCurve(work, output.resolve("metrics.jsonl"));
    Map<String, Double> scores = new TreeMap<>();
    scores.put("loss", outcome.loss());
    scores.put("steps", (double) outcome.steps());
    scores.putAll(GroundedAnswers.ofReader(output, questions, progress));
    return new Product(scores, List.of());
  }

  private ReaderTraining.Settings training() {
    return ReaderTraining.Settings.small(language, Budget.ofTime(Duration.ofSeconds(settings.readerSeconds())).atLeast(settings.readerLeastSteps()));
  }

  private void train(Questions questions, Path work, Path trained, StepProgress progress) throws IOException {
    long most = Math.max(FEWEST, (long) MOST_A_SECOND * settings.readerSeconds());
    List<SpanExample> examples = questions.training().stream().limit(most).map(SpanExample::of).toList();
    Path part = work.resolve("trained.part");
    ReaderTraining.Result result =
        new ReaderTraining(training(), Training.control(work, progress)).run(examples, List.of(), part);
    if (!result.outcome().finished()) {
      throw new CancellationException(name() + " was cancelled; run the same command again to continue");
    }
    Files.write(
        part.resolve("trained.json"), Json.bytes(new Trained(result.outcome().finalLoss(), result.outcome().steps())));
    Files.move(part, trained, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public String describe(ArtifactVersion version) {
    return "span reader, " + version.scores().getOrDefault("steps", 0.0).longValue() + " steps";
  }
}
