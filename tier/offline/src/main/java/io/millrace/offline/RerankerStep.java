// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.memory.TextHash;
import io.millrace.memory.TunedReranker;
import io.millrace.train.Budget;
import io.millrace.train.CrossEncoderTraining;
import io.millrace.train.HardNegatives;
import io.millrace.train.data.RelevantPair;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;

/**
 * Trains a small cross-encoder that reads a question together with each of the best candidates. It learns to tell the passage that answers
 * from those that a search by words takes for it, and is measured where it will serve: behind a hybrid search.
 */
final class RerankerStep implements Step {

  /** With fewer pairs there is nothing to learn that would hold for others. */
  private static final int FEWEST = 50;

  /** Pairs that even a fast processor reads in a second of training; more would only be searched for. */
  private static final int PAIRS_A_SECOND = 80;

  private static final int MOST_PAIRS = 12_000;

  /** The share of questions that are sentences of passages: with made-up questions alone it learns how those are put. */
  private static final double CLOZE = 0.6;

  private final OfflineSettings settings;
  private final Language language;

  RerankerStep(OfflineSettings settings, Language language) {
    this.settings = settings;
    this.language = language;
  }

  static String name(Language language) {
    return "reranker-" + language.code();
  }

  @Override
  public String name() {
    return name(language);
  }

  @Override
  public String kind() {
    return "reranker";
  }

  @Override
  public String purpose() {
    return "teach a small model to pick the answer to a question in " + (language == Language.CHINESE ? "Chinese" : "English");
  }

  @Override
  public int revision() {
    return 1;
  }

  @Override
  public List<String> needs() {
    return List.of(CorpusStep.NAME, QuestionsStep.NAME);
  }

  @Override
  public Map<String, String> settings() {
    Map<String, String> all =
        settings.rerankerSeconds() == 0
            ? Map.of("language", language.code(), "training", "none")
            : Map.of("language", language.code(), "training", training().toString(), "own", TextHash.of(own().toString()));
    return TrainingCorpus.settings(settings, new TreeMap<>(all));
  }

  private CrossEncoderTraining.Settings training() {
    Budget budget = Budget.ofTime(Duration.ofSeconds(settings.rerankerSeconds())).atLeast(settings.rerankerLeastSteps());
    return CrossEncoderTraining.Settings.small(settings.pack().name() + " " + name(), budget);
  }

  @Override
  public @Nullable String idle(Map<String, Path> inputs) throws IOException {
    if (settings.rerankerSeconds() == 0) {
      return "models.reranker.seconds is 0: none is trained";
    }
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    long count = questions.training().stream().filter(QuestionAnswer::answerable).count();
    return count >= FEWEST ? null : "only " + count + " answered questions in this language, a re-ranker needs " + FEWEST;
  }

  /** What training came to, kept beside its result. */
  private record Trained(Map<String, Double> scores) {
    static final String FILE = "trained.json";
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    List<Document> documents = TrainingCorpus.read(StepFiles.of(inputs, CorpusStep.NAME), settings).documents();
    Path trained = work.resolve("trained");
    if (!Files.isDirectory(trained)) {
      train(questions, documents, work, trained, progress);
    }
    Map<String, Double> scores = new TreeMap<>(Json.read(Files.readAllBytes(trained.resolve(Trained.FILE)), Trained.class).scores());
    RerankerTrial.Outcome outcome = RerankerTrial.of(trained, questions.heldOut(), own(), documents, language, work.resolve("trial"), progress);
    scores.putAll(outcome.scores());
    StepFiles.copyTree(trained, output);
    Files.delete(output.resolve(Trained.FILE));
    Files.write(output.resolve(TunedReranker.FILE), Json.bytes(new TunedReranker.Say(outcome.weight())));
    Training.keepCurve(work, output.resolve("metrics.jsonl"));
    return new Product(scores, List.of());
  }

  /** Returns the questions that the domain brings in the language, with answers. */
  private List<DomainQuestion> own() {
    return settings.pack().questions(settings.directory()).map(DomainQuestions::questions).orElse(List.of()).stream()
        .filter(question -> question.answerable() && Language.ofCode(question.language()) == language)
        .toList();
  }

  private void train(Questions questions, List<Document> documents, Path work, Path trained, StepProgress progress)
      throws IOException {
    List<RelevantPair> pairs = pairs(questions, documents, work, progress);
    Path part = work.resolve("trained.part");
    CrossEncoderTraining.Result result =
        new CrossEncoderTraining(training(), Training.control(work, progress))
            .run(training().smallBase(language), pairs, HardNegatives.GIVEN, List.of(), part);
    if (!result.outcome().finished()) {
      throw new CancellationException(name() + " was cancelled; run the same command again to continue");
    }
    Map<String, Double> scores = new TreeMap<>();
    scores.put("loss", result.outcome().finalLoss());
    scores.put("steps", (double) result.outcome().steps());
    scores.put("pairs", (double) pairs.size());
    Files.write(part.resolve(Trained.FILE), Json.bytes(new Trained(scores)));
    Files.move(part, trained, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Finds passages that look alike; pages that are held out are not among them. */
  private List<RelevantPair> pairs(Questions questions, List<Document> documents, Path work, StepProgress progress)
      throws IOException {
    Set<String> heldOut = questions.heldOut().stream().map(QuestionAnswer::documentId).collect(Collectors.toSet());
    List<Document> seen = documents.stream().filter(document -> !heldOut.contains(document.id())).toList();
    int most = Math.clamp((long) PAIRS_A_SECOND * settings.rerankerSeconds(), FEWEST, MOST_PAIRS);
    List<RelevantPair> pairs = new ArrayList<>();
    try (LookAlikes passages = new LookAlikes(seen, language, work.resolve("passages"), progress)) {
      int others = training().negatives();
      SplittableRandom random = new SplittableRandom(1);
      List<Passage> alone = passages.passages();
      Iterator<QuestionAnswer> asked = questions.training().iterator();
      for (int tries = 0; pairs.size() < most && tries < 2 * most; tries++) {
        boolean cloze = !asked.hasNext() || random.nextDouble() < CLOZE;
        RelevantPair pair =
            cloze
                ? passages.pair(alone.get(random.nextInt(alone.size())), others, random)
                : passages.pair(asked.next(), others);
        if (pair != null && pair.negatives().size() == others) {
          pairs.add(pair);
          progress.check();
          progress.update(pairs.size(), most, "questions with passages that look alike");
        }
      }
    }
    return pairs;
  }

  @Override
  public String describe(ArtifactVersion version) {
    Map<String, Double> scores = version.scores();
    return String.format(
        Locale.ROOT, "re-ranker, %d steps, nDCG@10 %.3f, without %.3f", scores.getOrDefault("steps", 0.0).longValue(),
        scores.getOrDefault("ndcg@10", 0.0), scores.getOrDefault("without:ndcg@10", 0.0));
  }
}
