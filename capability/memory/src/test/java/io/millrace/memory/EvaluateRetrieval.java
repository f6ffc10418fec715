// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Runs a test collection through the whole index and measures what comes back. */
final class EvaluateRetrieval {

  private static final int BATCH = 64;

  private EvaluateRetrieval() {}

  /**
   * What was measured.
   *
   * @param queries how many were asked
   */
  record Scores(double ndcgAt10, double recallAt100, int queries) {}

  /** Indexes a collection with its embeddings. */
  static void index(RetrievalSet set, PassageIndex index, Embedder embedder) throws IOException {
    List<Passage> passages = set.passages();
    for (int from = 0; from < passages.size(); from += BATCH) {
      List<Passage> batch = passages.subList(from, Math.min(passages.size(), from + BATCH));
      List<float[]> vectors = embedder.embedPassages(batch.stream().map(Passage::textInContext).toList());
      for (int i = 0; i < batch.size(); i++) {
        Passage passage = batch.get(i);
        index.put(passage.documentId(), List.of(passage));
        index.putVectors(
            passage.documentId(),
            new PassageVectors(
                passage.documentId(),
                embedder.model(),
                List.of(new PassageVector(TextHash.of(passage), vectors.get(i)))));
      }
    }
    index.refresh();
  }

  /** Asks every query. */
  static Scores measure(RetrievalSet set, PassageIndex index) {
    double ndcg = 0;
    double recall = 0;
    for (Map.Entry<String, String> query : set.queries().entrySet()) {
      List<String> ranking = new ArrayList<>();
      for (Hit hit : index.search(Query.of(query.getValue(), 100)).hits()) {
        ranking.add(hit.passage().documentId());
      }
      Set<String> relevant = set.relevant().getOrDefault(query.getKey(), Set.of());
      ndcg += RankingQuality.ndcgAt10(ranking, relevant);
      recall += RankingQuality.recallAt100(ranking, relevant);
    }
    int queries = set.queries().size();
    return new Scores(ndcg / queries, recall / queries, queries);
  }

  /** Measures a whole collection by hand: arguments are the data folder, the set and shares of the dense score. */
  public static void main(String[] arguments) throws IOException {
    boolean english = arguments[1].equals("cranfield");
    Path data = Path.of(arguments[0]);
    RetrievalSet set = english ? RetrievalSet.cranfield(data) : RetrievalSet.cmrc(data);
    Language language = english ? Language.ENGLISH : Language.CHINESE;
    Embedder embedder = english ? TestModels.english() : TestModels.chinese();
    Path directory = Path.of("target", "evaluation", set.name());
    long start = System.nanoTime();
    try (PassageIndex index =
        new PassageIndex(directory, Map.of(language, embedder), SearchSettings.DEFAULT)) {
      if (index.counts().passages() == 0) {
        index(set, index, embedder);
        index.commit(Map.of());
        System.out.printf("indexed in %.0f s%n", (System.nanoTime() - start) / 1e9);
      }
    }
    for (int i = 2; i < arguments.length; i++) {
      double dense = Double.parseDouble(arguments[i]);
      SearchSettings d = SearchSettings.DEFAULT;
      SearchSettings settings =
          new SearchSettings(
              d.k1(), d.b(), d.headingWeight(), d.pathWeight(), dense, dense, d.nameWeight(), d.candidates(), d.perDocument());
      try (PassageIndex index = new PassageIndex(directory, Map.of(language, embedder), settings)) {
        long from = System.nanoTime();
        Scores scores = measure(set, index);
        System.out.printf(
            "%s dense share %.2f: nDCG@10 %.4f, recall@100 %.4f, %d queries, %.1f ms each%n",
            set.name(), dense, scores.ndcgAt10(), scores.recallAt100(), scores.queries(),
            (System.nanoTime() - from) / 1e6 / scores.queries());
      }
    }
  }
}
