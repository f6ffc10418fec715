// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.Bench;
import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.memory.MemoryBench.Scores;
import io.millrace.core.event.UseSignal;
import io.millrace.core.log.Eviction;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.corpus.NearDuplicates;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;
import io.millrace.memory.EvictionPlan;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Resident;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What keeping the memory small costs: nDCG@10 with 90, 75 and 50 % of the documents, chosen by their value beside chosen at random;
 * with embeddings of fewer bits ({@link PrecisionCost}), near repeats ({@link RepeatCost}), new versions and expiry ({@link AgeCost}).
 *
 * <p>Value needs use, so the queries are divided: every second one, in the order of the collection, is asked once and
 * makes the log; the others are measured. A search of the log shows ten documents. Its reader opens each relevant one
 * with a probability of .8 and each other one with .05 (fixed seed), and never rates anything. All documents are of the same
 * age. Being shown and being opened count as they do nearline ({@link UseSignal}). Relevant documents that were
 * archived count as missed.
 */
public final class GrowthBench implements Bench {
  private static final int[] PERCENT = {90, 75, 50};
  private static final int SHOWN = 10;
  private static final double OPENS_RELEVANT = 0.8;
  private static final double OPENS_OTHER = 0.05;
  private static final int RANDOM_CHOICES = 5;
  private static final int QUICK_QUERIES = 200;
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Override
  public String name() {
    return "growth";
  }

  @Override
  public String purpose() {
    return "what fewer bits, merging near repeats, versions, expiry and evicting by value cost in nDCG@10, on the test collections in the data folder";
  }

  @Override
  public void measure(BenchRun run) throws IOException {
    List<Path> folders = CollectionFormat.in(run.data()).stream().filter(GrowthBench::complete).toList();
    if (folders.isEmpty()) {
      throw new IllegalArgumentException("no test collection in " + run.data()
          + ": name a folder with corpus.jsonl, queries.jsonl and qrels/test.tsv, or one that holds such folders, with --data");
    }
    for (Path folder : folders) {
      TestCollection whole = CollectionFormat.of(folder).orElseThrow().read(folder);
      measure(run.quick() ? whole.excerpt(QUICK_QUERIES, whole.documents().size()) : whole, cache(), run);
    }
  }

  private static boolean complete(Path folder) {
    try {
      return CollectionFormat.of(folder).orElseThrow().read(folder).documents().size() > 1;
    } catch (IOException e) {
      return false;
    }
  }

  /** Embedding collections takes minutes, and they do not change. */
  private static Path cache() throws IOException {
    return Files.createDirectories(Path.of(System.getProperty("user.home"), ".cache", "millrace", "bench"));
  }

  /**
   * Measures a collection.
   *
   * @param cache where its index may lie from an earlier run
   */
  static void measure(TestCollection collection, Path cache, BenchRun run) throws IOException {
    run.say(collection.name() + ": " + collection.documents().size() + " documents, " + collection.queries().size() + " queries");
    int threads = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 8);
    Path place = cache.resolve("growth-" + collection.name());
    try (EncoderEmbedder encoder = new EncoderEmbedder(BgeModel.of(collection.language()), threads);
        RememberedTexts embedder = new RememberedTexts(encoder)) {
      MemoryBench.index(collection, place, embedder, run);
      SearchSettings settings = SearchSettings.DEFAULT;
      Scores apart;
      try (PassageIndex index = new PassageIndex(place, Map.of(collection.language(), embedder), settings.withoutMerging())) {
        restore(index, collection);
        apart = MemoryBench.scores(collection, index);
      }
      try (PassageIndex index = new PassageIndex(place, Map.of(collection.language(), embedder), settings)) {
        Scores merged = MemoryBench.scores(collection, index);
        run.add(Row.against(collection.name(), "nDCG@10, repeats grouped where there are none", merged.ndcg(), "", "each takes a place", apart.ndcg()));
        evictions(collection, index, run);
      }
      new PrecisionCost(collection, place, embedder, run).measure();
      RepeatCost.measure(collection, place, embedder, run);
      new AgeCost(collection, place, embedder, run).measure();
    }
  }

  private static void evictions(TestCollection collection, PassageIndex index, BenchRun run) throws IOException {
    TestCollection log = half(collection, 0);
    TestCollection measured = half(collection, 1);
    Scores whole = MemoryBench.scores(measured, index);
    run.add(Row.alone(collection.name(), "nDCG@10, whole memory, measured half", whole.ndcg(), ""));
    Map<String, Double> use = use(log, index);
    run.add(Row.alone(collection.name(), "documents that the log shows in use", (double) use.size() / collection.documents().size(), "share"));
    Map<String, Set<String>> copies = copies(collection);
    for (int percent : PERCENT) {
      int kept = Math.round(collection.documents().size() * percent / 100f);
      double valued = remaining(measured, index, evicted(collection, use, copies, kept));
      double random = 0;
      for (int seed = 0; seed < RANDOM_CHOICES; seed++) {
        random += remaining(measured, index, random(collection, kept, seed)) / RANDOM_CHOICES;
      }
      run.add(Row.against(collection.name(), "nDCG@10, " + percent + " % by value", valued, "", "at random", random));
      run.add(Row.against(collection.name(), "nDCG@10, " + percent + " % by value, of the whole", valued, "", "whole memory", whole.ndcg()));
    }
  }

  /** Every second query, beginning with the first or the second. */
  private static TestCollection half(TestCollection collection, int from) {
    Map<String, String> some = new LinkedHashMap<>();
    int place = 0;
    for (Map.Entry<String, String> query : collection.queries().entrySet()) {
      if (place++ % 2 == from) {
        some.put(query.getKey(), query.getValue());
      }
    }
    return new TestCollection(collection.name(), collection.documents(), some, collection.grades());
  }

  /** What the readers of the log did, by document. */
  private static Map<String, Double> use(TestCollection log, PassageIndex index) {
    Random random = new Random(1);
    Map<String, Double> use = new TreeMap<>();
    for (Map.Entry<String, String> query : log.queries().entrySet()) {
      Map<String, Integer> grades = log.grades().getOrDefault(query.getKey(), Map.of());
      int rank = 1;
      for (var hit : index.search(Query.of(query.getValue(), SHOWN, Access.EVERYTHING)).hits()) {
        String document = hit.passage().documentId();
        use.merge(document, UseSignal.FOUND.worth(UseSignal.discount(rank++)), Double::sum);
        boolean relevant = grades.getOrDefault(document, 0) > 0;
        if (random.nextDouble() < (relevant ? OPENS_RELEVANT : OPENS_OTHER)) {
          use.merge(document, UseSignal.OPENED.worth(1), Double::sum);
        }
      }
    }
    return use;
  }

  private static Map<String, Set<String>> copies(TestCollection collection) {
    Map<String, String> texts = new TreeMap<>();
    collection.documents().forEach((id, text) -> texts.put(id, text.title() + "\n" + text.text()));
    Map<String, Set<String>> copies = new HashMap<>();
    NearDuplicates.among(texts).forEach((copy, original) -> {
      copies.computeIfAbsent(copy, _ -> new TreeSet<>()).add(original);
      copies.computeIfAbsent(original, _ -> new TreeSet<>()).add(copy);
    });
    return copies;
  }

  private static List<String> evicted(
      TestCollection collection, Map<String, Double> use, Map<String, Set<String>> copies, int kept) {
    List<EvictionPlan.Item> memory = new ArrayList<>();
    for (String id : collection.documents().keySet()) {
      Resident resident = new Resident(id, 0, 0, 0, NOW, null, false, 0, List.of());
      memory.add(new EvictionPlan.Item(resident, use.getOrDefault(id, 0.0), false, false, copies.getOrDefault(id, Set.of())));
    }
    // The plan makes room below the budget; here just as many are to stay as is said.
    MemoryBudget budget = new MemoryBudget(kept, 0, 0, List.of(), null);
    return EvictionPlan.of(memory, budget, NOW, memory.size() - kept).stream().map(Eviction::document).toList();
  }

  private static List<String> random(TestCollection collection, int kept, int seed) {
    List<String> all = new ArrayList<>(collection.documents().keySet());
    Collections.shuffle(all, new Random(seed));
    return all.subList(kept, all.size());
  }

  /** nDCG@10 while some documents are in the archive. */
  private static double remaining(TestCollection measured, PassageIndex index, List<String> archived) throws IOException {
    for (String document : archived) {
      index.archive(document);
    }
    index.refresh();
    double ndcg = MemoryBench.scores(measured, index).ndcg();
    restore(index, measured);
    return ndcg;
  }

  /** Brings all back; also what a run that was stopped had left in the archive. */
  private static void restore(PassageIndex index, TestCollection collection) throws IOException {
    for (String document : collection.documents().keySet()) {
      index.restore(document);
    }
    index.refresh();
  }
}
