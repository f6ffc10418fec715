// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.event.UseSignal;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EmbeddedPassages;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.Judging;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Reranker;
import io.millrace.memory.SearchSettings;
import io.millrace.model.encoder.PackedCrossEncoder;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Finds out what a re-ranker adds to hybrid searches, and how much it should weigh. Held-out questions are asked of an index of their own, as
 * the gateway asks it, which holds what is most like each of them in the whole domain. The weight is chosen on one half of the questions and
 * measured on the other, both ways round, so the gain is not that of the luckiest weight. Made-up questions are not people's, so where the
 * domain brings questions of its own ({@link DomainQuestions}), the gain is the smaller one of both; no weight is chosen on those.
 */
final class RerankerTrial {

  /** Weights beside 1 for all other evidence. */
  private static final double[] WEIGHTS = {0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2};

  private static final int QUESTIONS = 120;

  /** Passages like each question that are embedded: a minute or two on two processors for all. */
  private static final int POOL = 12;

  private static final int DEPTH = 10;
  private static final int BATCH = 32;

  /** With fewer of the domain's own questions chance decides. */
  private static final int FEWEST_OWN = 20;

  /**
   * What came of it.
   *
   * @param weight the best one
   * @param scores {@code ndcg@10}, {@code without:ndcg@10}, {@code gain}, {@code weight}, {@code questions}, and with {@code own:} the same of the
   *     domain's own questions
   */
  record Outcome(double weight, Map<String, Double> scores) {}

  /** A question and which passages answer it. */
  private record Asked(String question, Predicate<Passage> right) {}

  private final LookAlikes passages;
  private final Map<String, Map<Integer, Passage>> pool = new TreeMap<>();

  private RerankerTrial(LookAlikes passages) {
    this.passages = passages;
  }

  /**
   * Tries a model.
   *
   * @param heldOut made-up questions on pages that it has not seen
   * @param own the domain's questions in the language, with their evidence
   * @param place of the indexes
   */
  static Outcome of(
      Path model,
      List<QuestionAnswer> heldOut,
      List<DomainQuestion> own,
      List<Document> documents,
      Language language,
      Path place,
      StepProgress progress)
      throws IOException {
    try (LookAlikes passages = new LookAlikes(documents, language, place.resolve("passages"), progress)) {
      RerankerTrial trial = new RerankerTrial(passages);
      List<Asked> made = trial.made(heldOut);
      List<Asked> brought = trial.brought(own);
      Memo memo = new Memo(PackedCrossEncoder.read(model));
      try (EncoderEmbedder embedder = new EncoderEmbedder(BgeModel.of(language), Runtime.getRuntime().availableProcessors());
          PassageIndex index =
              new PassageIndex(
                  place.resolve("pool"), Map.of(language, embedder), SearchSettings.DEFAULT, MemoryBudget.NONE.vectors(),
                  InstantSource.system(), Judging.PLAIN.with(_ -> memo))) {
        index.clear();
        for (Map.Entry<String, Map<Integer, Passage>> document : trial.pool.entrySet()) {
          index.put(document.getKey(), List.copyOf(document.getValue().values()));
        }
        trial.embed(index, Map.of(language, embedder), progress);
        index.refresh();
        return outcome(gains(made, index, memo, language, progress), gains(brought, index, memo, language, progress));
      }
    }
  }

  private List<Asked> made(List<QuestionAnswer> questions) {
    List<Asked> asked = new ArrayList<>();
    for (QuestionAnswer question : questions) {
      Passage right = passages.right(question);
      if (right != null && asked.size() < QUESTIONS) {
        pool(question.question(), List.of(right));
        asked.add(new Asked(question.question(), passage -> passage.text().equals(right.text())));
      }
    }
    return asked;
  }

  private List<Asked> brought(List<DomainQuestion> questions) {
    List<Asked> asked = new ArrayList<>();
    for (DomainQuestion question : questions) {
      List<Passage> right = passages.passages().stream().filter(question::answeredBy).toList();
      if (!right.isEmpty()) {
        pool(question.question(), right);
        asked.add(new Asked(question.question(), question::answeredBy));
      }
    }
    return asked.size() < FEWEST_OWN ? List.of() : asked;
  }

  private void pool(String question, List<Passage> right) {
    Stream.concat(right.stream(), passages.found(question, POOL).stream().map(Hit::passage))
        .forEach(each -> pool.computeIfAbsent(each.documentId(), _ -> new TreeMap<>()).put(each.ordinal(), each));
  }

  private void embed(PassageIndex index, Map<Language, Embedder> embedders, StepProgress progress) throws IOException {
    List<Passage> all = pool.values().stream().flatMap(each -> each.values().stream()).toList();
    for (int from = 0; from < all.size(); from += BATCH) {
      progress.check();
      int to = Math.min(all.size(), from + BATCH);
      EmbeddedPassages.into(index, all.subList(from, to), embedders);
      progress.update(to, all.size(), "passages embedded for the trial");
    }
  }

  /** nDCG@10 by weight and question. */
  private static double[][] gains(List<Asked> asked, PassageIndex index, Memo memo, Language language, StepProgress progress) {
    double[][] gains = new double[WEIGHTS.length][asked.size()];
    for (int q = 0; q < asked.size(); q++) {
      progress.check();
      for (int w = 0; w < WEIGHTS.length; w++) {
        memo.weight = WEIGHTS[w];
        Query query =
            new Query(asked.get(q).question(), language, DEPTH, "", Deadline.NONE, Access.EVERYTHING).answering();
        gains[w][q] = gain(index.search(query).hits(), asked.get(q).right());
      }
      progress.update(q + 1L, asked.size(), "questions asked");
    }
    return gains;
  }

  private static Outcome outcome(double[][] made, double[][] own) {
    double with = 0;
    for (int half = 0; half < 2; half++) {
      with += sum(made[best(made, 1 - half, 2)], half, 2);
    }
    int count = Math.max(1, made[0].length);
    int best = best(made, 0, 1);
    double without = sum(made[0], 0, 1) / count;
    double gain = with / count - without;
    Map<String, Double> scores = new TreeMap<>();
    scores.put("ndcg@10", with / count);
    scores.put("without:ndcg@10", without);
    scores.put("questions", (double) made[0].length);
    if (own[0].length > 0) {
      double ownWith = sum(own[best], 0, 1) / own[0].length;
      double ownWithout = sum(own[0], 0, 1) / own[0].length;
      scores.put("own:ndcg@10", ownWith);
      scores.put("own:without:ndcg@10", ownWithout);
      scores.put("own:questions", (double) own[0].length);
      gain = Math.min(gain, ownWith - ownWithout);
    }
    scores.put("gain", gain);
    scores.put("weight", WEIGHTS[best]);
    return new Outcome(WEIGHTS[best], scores);
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

  /** nDCG@10 of the first passage that answers. */
  private static double gain(List<Hit> hits, Predicate<Passage> right) {
    for (int rank = 1; rank <= hits.size(); rank++) {
      Hit hit = hits.get(rank - 1);
      if (right.test(hit.passage()) || hit.repeats().stream().anyMatch(repeat -> right.test(repeat.passage()))) {
        return UseSignal.discount(rank);
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
