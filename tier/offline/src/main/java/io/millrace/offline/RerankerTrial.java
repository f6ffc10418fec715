// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.Judging;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Reranker;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TextHash;
import io.millrace.model.encoder.PackedCrossEncoder;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds out what a re-ranker adds to hybrid searches, and how much it should weigh. Held-out questions are asked of an index of their own, as
 * the gateway asks it, which holds what is most like each of them in the whole domain. The weight is chosen on one half of the questions and
 * measured on the other, both ways round, so the gain is not that of the luckiest weight.
 */
final class RerankerTrial {

  /** Weights beside 1 for all other evidence. */
  private static final double[] WEIGHTS = {0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2};

  private static final int QUESTIONS = 120;

  /** Passages like each question that are embedded: a minute or two on two processors for all. */
  private static final int POOL = 12;

  private static final int DEPTH = 10;
  private static final int BATCH = 32;

  /**
   * What came of it.
   *
   * @param weight the best one
   * @param scores {@code ndcg@10}, {@code without:ndcg@10}, {@code gain}, {@code weight}, {@code questions}
   */
  record Outcome(double weight, Map<String, Double> scores) {}

  private RerankerTrial() {}

  static Outcome of(
      Path model, List<QuestionAnswer> heldOut, List<Document> documents, Language language, Path place, StepProgress progress)
      throws IOException {
    Map<QuestionAnswer, Passage> asked = new LinkedHashMap<>();
    Map<String, Map<Integer, Passage>> pool = new TreeMap<>();
    try (LookAlikes passages = new LookAlikes(documents, language, place.resolve("passages"), progress)) {
      for (QuestionAnswer question : heldOut) {
        Passage right = passages.right(question);
        if (right == null || asked.size() == QUESTIONS) {
          continue;
        }
        asked.put(question, right);
        Stream.concat(Stream.of(right), passages.found(question.question(), POOL).stream().map(Hit::passage))
            .forEach(each -> pool.computeIfAbsent(each.documentId(), _ -> new TreeMap<>()).put(each.ordinal(), each));
      }
    }
    Memo memo = new Memo(PackedCrossEncoder.read(model));
    try (EncoderEmbedder embedder = new EncoderEmbedder(BgeModel.of(language), Runtime.getRuntime().availableProcessors());
        PassageIndex index =
            new PassageIndex(
                place.resolve("pool"), Map.of(language, embedder), SearchSettings.DEFAULT, MemoryBudget.NONE.vectors(),
                InstantSource.system(), Judging.PLAIN.with(_ -> memo))) {
      index.clear();
      for (Map.Entry<String, Map<Integer, Passage>> document : pool.entrySet()) {
        index.put(document.getKey(), List.copyOf(document.getValue().values()));
      }
      embed(pool, embedder, index, progress);
      index.refresh();
      return tried(asked, index, memo, language, progress);
    }
  }

  private static void embed(
      Map<String, Map<Integer, Passage>> pool, EncoderEmbedder embedder, PassageIndex index, StepProgress progress)
      throws IOException {
    List<Passage> all = pool.values().stream().flatMap(passages -> passages.values().stream()).toList();
    Map<String, List<PassageVector>> vectors = new TreeMap<>();
    for (int from = 0; from < all.size(); from += BATCH) {
      progress.check();
      List<Passage> batch = all.subList(from, Math.min(all.size(), from + BATCH));
      List<float[]> made = embedder.embedPassages(batch.stream().map(Passage::textInContext).toList());
      for (int i = 0; i < batch.size(); i++) {
        vectors.computeIfAbsent(batch.get(i).documentId(), _ -> new ArrayList<>())
            .add(new PassageVector(TextHash.of(batch.get(i)), made.get(i)));
      }
      progress.update(from + batch.size(), all.size(), "passages embedded for the trial");
    }
    for (Map.Entry<String, List<PassageVector>> document : vectors.entrySet()) {
      index.putVectors(document.getKey(), new PassageVectors(document.getKey(), embedder.model(), document.getValue()));
    }
  }

  private static Outcome tried(
      Map<QuestionAnswer, Passage> asked, PassageIndex index, Memo memo, Language language, StepProgress progress) {
    List<QuestionAnswer> questions = List.copyOf(asked.keySet());
    double[][] gains = new double[WEIGHTS.length][questions.size()];
    for (int q = 0; q < questions.size(); q++) {
      progress.check();
      for (int w = 0; w < WEIGHTS.length; w++) {
        memo.weight = WEIGHTS[w];
        Query query =
            new Query(questions.get(q).question(), language, DEPTH, "", Deadline.NONE, Access.EVERYTHING).answering();
        gains[w][q] = gain(index.search(query).hits(), asked.get(questions.get(q)));
      }
      progress.update(q + 1L, questions.size(), "held-out questions asked");
    }
    double with = 0;
    for (int half = 0; half < 2; half++) {
      int best = best(gains, 1 - half, 2);
      with += sum(gains[best], half, 2);
    }
    int count = Math.max(1, questions.size());
    double without = sum(gains[0], 0, 1) / count;
    double weight = WEIGHTS[best(gains, 0, 1)];
    return new Outcome(
        weight,
        Map.of(
            "ndcg@10", with / count, "without:ndcg@10", without, "gain", with / count - without, "weight", weight,
            "questions", (double) questions.size()));
  }

  /** The index of the best weight by every {@code step}-th question; of equal ones the smallest. */
  private static int best(double[][] gains, int from, int step) {
    return IntStream.range(0, gains.length).boxed()
        .max(Comparator.<Integer>comparingDouble(w -> sum(gains[w], from, step)).thenComparing(Comparator.reverseOrder()))
        .orElse(0);
  }

  private static double sum(double[] gains, int from, int step) {
    double sum = 0;
    for (int q = from; q < gains.length; q += step) {
      sum += gains[q];
    }
    return sum;
  }

  /** nDCG@10 of the only passage that is known to answer. */
  private static double gain(List<Hit> hits, Passage right) {
    for (int rank = 1; rank <= hits.size(); rank++) {
      Hit hit = hits.get(rank - 1);
      boolean found =
          hit.passage().text().equals(right.text())
              || hit.repeats().stream().anyMatch(repeat -> repeat.passage().text().equals(right.text()));
      if (found) {
        return Math.log(2) / Math.log(rank + 1.0);
      }
    }
    return 0;
  }

  /** Remembers what the model thinks of a pair, whatever its opinion weighs. */
  private static final class Memo implements Reranker {
    private final PackedCrossEncoder encoder;
    private final Map<String, Double> known = new HashMap<>();
    private double weight;

    Memo(PackedCrossEncoder encoder) {
      this.encoder = encoder;
    }

    @Override
    public String model() {
      return encoder.settings().name();
    }

    @Override
    public double weight() {
      return weight;
    }

    @Override
    public double[] scores(String question, List<String> passages) {
      return passages.stream()
          .mapToDouble(
              passage ->
                  known.computeIfAbsent(question + "\n" + passage, _ -> encoder.scores(question, List.of(passage))[0]))
          .toArray();
    }
  }
}
