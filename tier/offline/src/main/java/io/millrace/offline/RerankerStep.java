// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DurableFiles;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.memory.TextHash;
import io.millrace.memory.TunedReranker;
import io.millrace.tensor.Torch;
import io.millrace.train.Budget;
import io.millrace.train.CrossEncoder;
import io.millrace.train.CrossEncoderTraining;
import io.millrace.train.EncoderBase;
import io.millrace.train.HardNegatives;
import io.millrace.train.Teaching;
import io.millrace.train.data.Dataset;
import io.millrace.train.data.RelevantPair;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Trains a small cross-encoder that reads a question together with each of the best candidates. It learns to tell the passage that answers
 * from those that a search by words takes for it, from pairs that the pack brings, and from a teacher, where it is given time; and is measured
 * where it will serve: behind a hybrid search.
 */
final class RerankerStep extends TunedStep {

  /** Pairs that even a fast processor reads in a second of training; more would only be searched for. */
  private static final int PAIRS_A_SECOND = 80;

  private static final int MOST_PAIRS = 12_000;

  /** The share of questions that are sentences of passages: with made-up questions alone it learns how those are put. */
  private static final double CLOZE = 0.6;

  /** The share of pairs from files, at most: they are of other subjects, and of shorter texts. */
  private static final double GENERAL = 0.2;

  /** What a teacher says counts as much as which passage is right. */
  private static final double TAUGHT = 0.5;

  private static final double TEMPERATURE = 1;

  RerankerStep(OfflineSettings settings, Language language) {
    super(settings, language, "reranker");
  }

  static String name(Language language) {
    return "reranker-" + language.code();
  }

  @Override
  public String purpose() {
    return "teach a small model to pick the answer to a question in " + languageName();
  }

  @Override
  public int revision() {
    return 1;
  }

  @Override
  int seconds() {
    return settings.rerankerSeconds();
  }

  @Override
  Map<String, String> training() {
    Map<String, String> all = new TreeMap<>(Map.of("training", plan().toString(), "own", TextHash.of(own().toString())));
    if (settings.rerankerTeacherSeconds() > 0) {
      all.put("teacher", teacherPlan().toString());
    }
    if (!settings.rerankerData().isEmpty()) {
      all.put("data", sums());
    }
    return all;
  }

  @Override
  String without() {
    return "none is trained, and searches do without";
  }

  private CrossEncoderTraining.Settings plan() {
    Budget budget = Budget.ofTime(Duration.ofSeconds(seconds())).atLeast(settings.rerankerLeastSteps());
    return CrossEncoderTraining.Settings.small(settings.pack().name() + " " + name(), budget);
  }

  private CrossEncoderTraining.Settings teacherPlan() {
    return CrossEncoderTraining.Settings.teacher(
        settings.pack().name() + " " + name() + " teacher", Budget.ofTime(Duration.ofSeconds(settings.rerankerTeacherSeconds())));
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    List<Document> documents = TrainingCorpus.read(StepFiles.of(inputs, CorpusStep.NAME), settings).documents();
    List<String> notes = new ArrayList<>();
    Path trained = trained(work, folder -> train(questions, documents, work, folder, notes, progress));
    RerankerTrial.Outcome outcome =
        RerankerTrial.of(trained, questions.heldOut(), own(), documents, language, work.resolve("trial"), progress);
    Map<String, Double> scores = keep(trained, work, output);
    scores.putAll(outcome.scores());
    Files.write(output.resolve(TunedReranker.FILE), Json.bytes(new TunedReranker.Say(outcome.weight())));
    return new Product(scores, notes);
  }

  /** Returns the questions that the domain brings in the language, with answers. */
  private List<DomainQuestion> own() {
    return settings.pack().questions(settings.directory()).map(DomainQuestions::questions).orElse(List.of()).stream()
        .filter(question -> question.answerable() && Language.ofCode(question.language()) == language)
        .toList();
  }

  private Map<String, Double> train(
      Questions questions, List<Document> documents, Path work, Path folder, List<String> notes, StepProgress progress)
      throws IOException {
    List<RelevantPair> pairs = withGeneral(pairs(questions, documents, work, progress), notes);
    Map<String, Double> scores;
    if (settings.rerankerTeacherSeconds() == 0) {
      scores = student(pairs, Teaching.NONE, work, folder, progress);
    } else {
      Path teacher = teacher(pairs, work.resolve("teacher"), progress);
      try (CrossEncoder model = CrossEncoder.load(teacher, Torch.fastest())) {
        scores = student(pairs, new Teaching(teacherPlan().name(), model::score, TAUGHT, TEMPERATURE), work, folder, progress);
      }
      scores.put("teacher:steps", trained(teacher).getOrDefault("steps", 0.0));
    }
    return scores;
  }

  private Map<String, Double> student(
      List<RelevantPair> pairs, Teaching teaching, Path work, Path folder, StepProgress progress) throws IOException {
    CrossEncoderTraining.Result result =
        new CrossEncoderTraining(plan(), teaching, Training.control(work, progress))
            .run(plan().smallBase(language), pairs, HardNegatives.GIVEN, List.of(), folder);
    return scores(result.outcome(), pairs.size());
  }

  /** Returns the folder of the teacher; a run that is interrupted while it teaches does not train it again. */
  private Path teacher(List<RelevantPair> pairs, Path work, StepProgress progress) throws IOException {
    return trained(
        work,
        folder ->
            scores(
                new CrossEncoderTraining(teacherPlan(), Training.control(work, progress))
                    .run(new EncoderBase.Pretrained(language), pairs, HardNegatives.GIVEN, List.of(), folder)
                    .outcome(),
                pairs.size()));
  }

  /** Returns what tells the pack's files from others. */
  private String sums() {
    return settings.rerankerData().stream().map(RerankerStep::sum).collect(Collectors.joining(" "));
  }

  private static String sum(Path file) {
    try {
      return DurableFiles.sum(file).sha256();
    } catch (UncheckedIOException e) {
      throw unreadable(file, e);
    }
  }

  private static IllegalArgumentException unreadable(Path file, Exception e) {
    return new IllegalArgumentException(
        "cannot read " + file + " (" + e + "): models.reranker.data in domain.yaml names files with pairs, relative to the pack", e);
  }

  /** Adds pairs of the pack's files that are in the language to the domain's own, and notes how many. */
  private List<RelevantPair> withGeneral(List<RelevantPair> own, List<String> notes) {
    if (settings.rerankerData().isEmpty()) {
      return own;
    }
    List<RelevantPair> general = new ArrayList<>();
    for (Path file : settings.rerankerData()) {
      try {
        Dataset<RelevantPair> all = RelevantPair.read(file);
        List<RelevantPair> spoken = all.items().stream().filter(pair -> Language.of(pair.query()) == language).toList();
        general.addAll(spoken);
        notes.add(
            String.format(Locale.ROOT, "%s: %,d of %,d pairs in %s. %s", file.getFileName(), spoken.size(), all.items().size(), languageName(), all.notes()).strip());
      } catch (IOException e) {
        throw unreadable(file, e);
      }
    }
    Collections.shuffle(general, new SplittableRandom(1));
    List<RelevantPair> mixed = new ArrayList<>(own);
    mixed.addAll(general.subList(0, Math.min(general.size(), (int) (own.size() * GENERAL / (1 - GENERAL)))));
    notes.add(String.format(Locale.ROOT, "%,d pairs of the domain and %,d of files", own.size(), mixed.size() - own.size()));
    return mixed;
  }

  /** Finds passages that look alike; pages that are held out are not among them. */
  private List<RelevantPair> pairs(Questions questions, List<Document> documents, Path work, StepProgress progress)
      throws IOException {
    Set<String> heldOut = questions.heldOut().stream().map(QuestionAnswer::documentId).collect(Collectors.toSet());
    List<Document> seen = documents.stream().filter(document -> !heldOut.contains(document.id())).toList();
    int most = Math.clamp((long) PAIRS_A_SECOND * seconds(), FEWEST, MOST_PAIRS);
    List<RelevantPair> pairs = new ArrayList<>();
    try (LookAlikes passages = new LookAlikes(seen, language, work.resolve("passages"), progress)) {
      int others = plan().negatives();
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
