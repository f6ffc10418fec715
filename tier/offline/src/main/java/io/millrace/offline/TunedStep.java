// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;
import io.millrace.train.Outcome;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/** Trains a model for searches in a language on questions of the domain, where {@code domain.yaml} gives it time. */
abstract class TunedStep implements Step {

  /** With fewer questions there is nothing to learn that would hold for others. */
  static final int FEWEST = 50;

  final OfflineSettings settings;
  final Language language;
  private final String kind;

  /** What training came to, kept beside its result. */
  private record Trained(Map<String, Double> scores) {
    static final String FILE = "trained.json";
  }

  /** Trains a model into a folder and says what came of it. */
  @FunctionalInterface
  interface Trainer {
    Map<String, Double> train(Path folder) throws IOException;
  }

  TunedStep(OfflineSettings settings, Language language, String kind) {
    this.settings = settings;
    this.language = language;
    this.kind = kind;
  }

  /** Returns the seconds that {@code domain.yaml} gives it. */
  abstract int seconds();

  /** Returns what the result depends on beside the language, where it is trained. */
  abstract Map<String, String> training();

  /** Returns what is without it, for people. */
  abstract String without();

  @Override
  public String name() {
    return kind + "-" + language.code();
  }

  @Override
  public String kind() {
    return kind;
  }

  @Override
  public List<String> needs() {
    return List.of(CorpusStep.NAME, QuestionsStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> all = new TreeMap<>(seconds() == 0 ? Map.of("training", "none") : training());
    all.put("language", language.code());
    return TrainingCorpus.settings(settings, all);
  }

  @Override
  public @Nullable String idle(Map<String, Path> inputs) throws IOException {
    if (seconds() == 0) {
      return "models." + kind + ".seconds is 0: " + without();
    }
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    long count = questions.training().stream().filter(QuestionAnswer::answerable).count();
    return count >= FEWEST
        ? null
        : "only " + count + " answered questions in this language, and " + name() + " needs " + FEWEST;
  }

  String languageName() {
    return language == Language.CHINESE ? "Chinese" : "English";
  }

  /** Returns the folder of the trained model; a run that is interrupted behind training does not train again. */
  static Path trained(Path work, Trainer trainer) throws IOException {
    Path trained = work.resolve("trained");
    if (!Files.isDirectory(trained)) {
      Path part = work.resolve("trained.part");
      Map<String, Double> scores = trainer.train(part);
      Files.write(part.resolve(Trained.FILE), Json.bytes(new Trained(scores)));
      Files.move(part, trained, StandardCopyOption.ATOMIC_MOVE);
    }
    return trained;
  }

  /** Copies the trained model and its curve, and returns its scores. */
  static Map<String, Double> keep(Path trained, Path work, Path output) throws IOException {
    StepFiles.copyTree(trained, output);
    Files.delete(output.resolve(Trained.FILE));
    Training.keepCurve(work, output.resolve("metrics.jsonl"));
    return new TreeMap<>(trained(trained));
  }

  /** Returns the scores that training came to, of a folder that {@link #trained(Path, Trainer)} made. */
  static Map<String, Double> trained(Path folder) throws IOException {
    return Json.read(Files.readAllBytes(folder.resolve(Trained.FILE)), Trained.class).scores();
  }

  /** Returns the scores that every training has. */
  Map<String, Double> scores(Outcome outcome, int pairs) {
    if (!outcome.finished()) {
      throw new CancellationException(name() + " was cancelled; run the same command again to continue");
    }
    Map<String, Double> scores = new TreeMap<>();
    scores.put("loss", outcome.finalLoss());
    scores.put("steps", (double) outcome.steps());
    scores.put("pairs", (double) pairs);
    return scores;
  }
}
