// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.memory.BgeModel;
import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.train.Budget;
import io.millrace.train.EmbedderTraining;
import io.millrace.train.EncoderBase;
import io.millrace.train.HardNegatives;
import io.millrace.train.Optimisation;
import io.millrace.train.RankingScore;
import io.millrace.train.data.RelevantPair;
import io.millrace.train.loss.InfoNceLoss;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Tunes the pretrained encoder of a language on questions of the domain, so that a question lies nearer to the passage that
 * answers it than to its neighbours on the same page and to passages of other pages.
 */
final class EmbedderStep extends TunedStep {

  private static final int BATCH = 32;

  /** Pairs that even a fast processor reads in a second of training; more would only be cut into tokens. */
  private static final int PAIRS_A_SECOND = 60;

  /** Held-out questions, each with the other passages of its page, on which gates decide. */
  private static final int HELD_OUT = 200;

  /** The beginning of a passage says what it is about; attention to more of it costs steps. */
  private static final int TRAINED_TOKENS = 160;

  private static final double LEARNING_RATE = 3e-5;
  private static final double TEMPERATURE = 0.05;

  /** The last layers learn, at 5/9 of the arithmetic of all twelve: a pass forward through all of them, and back through a third. */
  private static final int LAYERS = 4;

  /**
   * Questions that are made up resemble each other more than people's do: taking all that was learned from them ranked people's
   * questions worse, taking half better (docs/lab-notes.md).
   */
  private static final double SHARE = 0.5;

  EmbedderStep(OfflineSettings settings, Language language) {
    super(settings, language, "embedder");
  }

  static String name(Language language) {
    return "embedder-" + language.code();
  }

  @Override
  public String purpose() {
    return "teach an encoder which passages answer questions in " + languageName();
  }

  @Override
  public int revision() {
    return 2;
  }

  @Override
  int seconds() {
    return settings.embedderSeconds();
  }

  @Override
  Map<String, String> training() {
    return Map.of("training", plan().toString());
  }

  @Override
  String without() {
    return "none is trained, and the one in use stays";
  }

  private EmbedderTraining.Settings plan() {
    BgeModel base = BgeModel.of(language);
    Duration time = Duration.ofSeconds(settings.embedderSeconds());
    return new EmbedderTraining.Settings(
        base.id() + "+" + settings.pack().name(), TRAINED_TOKENS, base.queryInstruction(), BATCH, 1, LAYERS, SHARE,
        new InfoNceLoss(TEMPERATURE, false), Optimisation.of(LEARNING_RATE, Budget.ofTime(time).atLeast(settings.embedderLeastSteps())));
  }

  @Override
  public Product build(Map<String, Path> inputs, Path output, Path work, StepProgress progress) throws IOException {
    Path trained = trained(work, folder -> train(inputs, work, folder, progress));
    return new Product(keep(trained, work, output), List.of());
  }

  private Map<String, Double> train(Map<String, Path> inputs, Path work, Path folder, StepProgress progress) throws IOException {
    Questions questions = Questions.read(StepFiles.of(inputs, QuestionsStep.NAME), language);
    Siblings siblings = Siblings.of(TrainingCorpus.read(StepFiles.of(inputs, CorpusStep.NAME), settings).documents(), language);
    long most = Math.max(FEWEST, (long) PAIRS_A_SECOND * settings.embedderSeconds());
    List<RelevantPair> pairs = siblings.pairs(questions.training(), most, 1);
    List<RelevantPair> heldOut = siblings.pairs(questions.heldOut(), HELD_OUT, 5);
    EmbedderTraining.Result result =
        new EmbedderTraining(plan(), Training.control(work, progress))
            .run(new EncoderBase.Pretrained(language), pairs, HardNegatives.GIVEN, heldOut, folder);
    Map<String, Double> scores = scores(result.outcome(), pairs.size());
    // Trained on the beginnings of passages, it reads them to their ends, as the pretrained one does.
    BgeModel base = BgeModel.of(language);
    Files.write(
        folder.resolve(EmbedderSettings.FILE),
        Json.bytes(new EmbedderSettings(plan().name(), base.queryInstruction(), base.longest(), result.cosines())));
    RankingScore before = result.before();
    RankingScore after = result.after();
    if (before != null && after != null) {
      scores.put("ndcg@10", after.ndcgAt10());
      scores.put("pretrained:ndcg@10", before.ndcgAt10());
      scores.put("gain", after.ndcgAt10() - before.ndcgAt10());
    }
    return scores;
  }

  /** The passages of each document, as embeddings see them. */
  private record Siblings(Map<String, List<Passage>> byDocument) {

    static Siblings of(List<Document> documents, Language language) {
      Map<String, List<Passage>> byDocument = new HashMap<>();
      documents.stream().filter(document -> document.language() == language)
          .forEach(document -> byDocument.put(document.id(), Passages.of(document)));
      return new Siblings(byDocument);
    }

    /**
     * Makes pairs of questions and the passages that answer them.
     *
     * @param most pairs at most
     * @param others so many other passages of the same page are hard negatives, where it has them
     */
    List<RelevantPair> pairs(List<QuestionAnswer> questions, long most, int others) {
      List<RelevantPair> pairs = new ArrayList<>();
      for (QuestionAnswer question : questions) {
        if (pairs.size() >= most) {
          break;
        }
        List<Passage> page = byDocument.getOrDefault(question.documentId(), List.of());
        Passage right = page.stream().filter(passage -> passage.text().equals(question.passage())).findFirst().orElse(null);
        if (right == null || !question.answerable()) {
          continue;
        }
        List<String> hard = new ArrayList<>();
        for (int i = 1; i < page.size() && hard.size() < others; i++) {
          // Neighbours first: they are most alike.
          String other = page.get((right.ordinal() + i) % page.size()).textInContext();
          if (!other.equals(right.textInContext())) {
            hard.add(other);
          }
        }
        pairs.add(new RelevantPair(question.question(), right.textInContext(), hard));
      }
      return pairs;
    }
  }

  @Override
  public String describe(ArtifactVersion version) {
    return String.format(
        Locale.ROOT, "embedder, %d steps, nDCG@10 %.3f, pretrained %.3f",
        version.scores().getOrDefault("steps", 0.0).longValue(), version.scores().getOrDefault("ndcg@10", 0.0),
        version.scores().getOrDefault("pretrained:ndcg@10", 0.0));
  }
}
