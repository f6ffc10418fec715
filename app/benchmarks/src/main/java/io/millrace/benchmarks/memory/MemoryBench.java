// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.evaluate.RankingMetrics;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Ranking;
import io.millrace.memory.SearchSettings;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The memory on public test collections, all of it beside its parts: words alone and meaning alone, and beside another way to fuse
 * these two. Each document is one passage.
 */
public final class MemoryBench implements Bench {
  private static final int DEPTH = 100;
  private static final int QUICK_QUERIES = 200;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public String purpose() {
    return "nDCG@10 and recall@100 on the test collections in the data folder (Cranfield, CACM, CISI, CMRC 2018, BEIR's layout)";
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    List<Path> folders = CollectionFormat.in(run.data());
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("no test collection in " + run.data()
          + ": name a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv, or one that holds such folders, with --data");
    }
    for (Path folder : folders) {
      TestCollection whole;
      try {
        whole = CollectionFormat.of(folder).orElseThrow().read(folder);
      } catch (NoSuchFileException e) {
        run.say(folder.getFileName() + ": left out, it has no " + Path.of(e.getFile()).getFileName());
        continue;
      }
      measure(run.quick() ? whole.excerpt(QUICK_QUERIES, whole.documents().size()) : whole, run);
    }
  }

  static void measure(TestCollection collection, BenchRun run) throws IOException {
    run.say(collection.name() + ": " + collection.documents().size() + " documents, " + collection.queries().size() + " queries");
    BgeModel model = BgeModel.of(collection.language());
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    try (WorkFolder folder = WorkFolder.create("memory");
        EncoderEmbedder embedder = new EncoderEmbedder(model, threads)) {
      SearchSettings whole = SearchSettings.DEFAULT;
      Path place = folder.path().resolve("index");
      index(collection, place, embedder, run);
      Map<String, List<String>> byWords = rankings(collection, place, embedder, whole.with(ranking -> ranking.withDenseShare(0).alone()));
      Map<String, List<String>> byMeaning = rankings(collection, place, embedder, whole.with(ranking -> ranking.withDenseShare(1).alone()));
      Scores words = scores(collection, byWords);
      Scores meaning = scores(collection, byMeaning);
      Scores ranks = scores(collection, ReciprocalRanks.fuse(byWords, byMeaning));
      Scores single = scores(collection, rankings(collection, place, embedder, whole.with(Ranking::alone)));
      Scores all = scores(collection, rankings(collection, place, embedder, whole));
      run.add(Row.against(collection.name(), "nDCG@10", all.ndcg, "", "words alone", words.ndcg));
      run.add(Row.against(collection.name(), "nDCG@10, all beside meaning", all.ndcg, "", "meaning alone", meaning.ndcg));
      // Without neighbours and links, so that the two differ in how words and meaning are fused and in nothing else.
      run.add(Row.against(collection.name(), "nDCG@10, words and meaning by their scores", single.ndcg, "", "by their reciprocal ranks", ranks.ndcg));
      run.add(Row.against(collection.name(), "nDCG@10, all with neighbours", all.ndcg, "", "each passage by itself", single.ndcg));
      run.add(Row.against(collection.name(), "recall@100", all.recall, "", "words alone", words.recall));
    }
  }

  /** Means over the queries. */
  record Scores(double ndcg, double recall) {}

  /** Makes an index hold a collection, each document as one passage. */
  static void index(TestCollection collection, Path place, Embedder embedder, BenchRun run) throws IOException {
    index(collection, place, MemoryBudget.NONE.vectors(), embedder, run);
  }

  /** Makes an index of another precision than the usual one hold a collection. */
  static void index(TestCollection collection, Path place, VectorPrecision precision, Embedder embedder, BenchRun run)
      throws IOException {
    List<String> documents = List.copyOf(collection.documents().keySet());
    PersistentIndex.fill(place, precision, documents, passages(collection), Map.of(collection.language(), embedder), run::say);
  }

  /** Returns the documents of a collection, each as one passage. */
  static List<Passage> passages(TestCollection collection) {
    Language language = collection.language();
    List<Passage> passages = new ArrayList<>();
    collection.documents().forEach((id, text) -> passages.add(passage(id, text, language, null)));
    return passages;
  }

  /** Returns a document as one passage. */
  static Passage passage(String id, Text text, Language language, @Nullable Validity validity) {
    return new Passage(id + "#0", id, 0, "", text.title().isEmpty() ? List.of() : List.of(text.title()), "", text.text(), language, null,
        validity, Set.of(), List.of());
  }

  private static Map<String, List<String>> rankings(
      TestCollection collection, Path place, Embedder embedder, SearchSettings settings) {
    try (PassageIndex index = new PassageIndex(place, Map.of(collection.language(), embedder), settings)) {
      return rankings(collection, index);
    }
  }

  /** Searches for every query of a collection in what an index holds now; documents by query, best first. */
  private static Map<String, List<String>> rankings(TestCollection collection, PassageIndex index) {
    Map<String, List<String>> rankings = new LinkedHashMap<>();
    collection.queries().forEach(
        (query, text) -> rankings.put(
            query,
            index.search(Query.of(text, DEPTH, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().documentId()).toList()));
    return rankings;
  }

  /** Searches for every query of a collection in what an index holds now, and judges what is found. */
  static Scores scores(TestCollection collection, PassageIndex index) {
    return scores(collection, rankings(collection, index));
  }

  /** Searches for so many documents for every query of a collection, and judges the first ten. */
  static double ndcg(TestCollection collection, PassageIndex index, int wanted) {
    double sum = 0;
    for (Map.Entry<String, String> query : collection.queries().entrySet()) {
      List<String> found =
          index.search(Query.of(query.getValue(), wanted, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().documentId()).toList();
      sum += RankingMetrics.ndcg(found, collection.grades().getOrDefault(query.getKey(), Map.of()), 10, RankingMetrics.Gain.LINEAR);
    }
    return sum / collection.queries().size();
  }

  private static Scores scores(TestCollection collection, Map<String, List<String>> rankings) {
    double ndcg = 0;
    double recall = 0;
    for (String query : collection.queries().keySet()) {
      List<String> ranking = rankings.getOrDefault(query, List.of());
      Map<String, Integer> grades = collection.grades().getOrDefault(query, Map.of());
      Set<String> relevant = Set.copyOf(grades.entrySet().stream().filter(e -> e.getValue() > 0).map(Map.Entry::getKey).toList());
      ndcg += RankingMetrics.ndcg(ranking, grades, 10, RankingMetrics.Gain.LINEAR);
      recall += RankingMetrics.recall(ranking, relevant, DEPTH);
    }
    int queries = collection.queries().size();
    return new Scores(ndcg / queries, recall / queries);
  }
}
