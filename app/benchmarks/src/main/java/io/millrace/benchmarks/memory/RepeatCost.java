// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.Repeats;
import io.millrace.core.similarity.Shingles;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.evaluate.RankingMetrics;
import io.millrace.memory.Growth;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * What near repeats cost, and what grouping them in results and merging them in memory give back. Every fifth document gets a copy in
 * which a few words (Chinese: characters) are replaced by others of the same text, by a fixed seed, so that it still repeats its original. The copy of
 * a relevant document is as relevant as that, but the second of the two in a ranking is the same answer again: it takes a place and is
 * worth nothing.
 */
final class RepeatCost {
  static final String COPY = "-copy";
  private static final int EVERY = 5;
  private static final int SHOWN = 10;

  /** Where a text is compared; a little above where it counts as a repeat, since documents are compared with their titles. */
  private static final double LEAST_SIMILAR = 0.91;

  /** An edit spoils five shingles, so a text takes one in so many words. */
  private static final int WORDS_AN_EDIT = 120;

  private static final Pattern WORD = Pattern.compile("\\p{IsHan}|[\\p{IsLetter}\\p{IsDigit}&&[^\\p{IsHan}]]+");

  private RepeatCost() {}

  static void measure(TestCollection collection, Path place, Embedder embedder, BenchRun run) throws IOException {
    Map<String, Text> copies = copies(collection);
    if (copies.isEmpty()) {
      run.say(collection.name() + ": its texts are too short to repeat each other nearly");
      return;
    }
    Map<String, Text> all = new LinkedHashMap<>(collection.documents());
    all.putAll(copies);
    TestCollection repeated = new TestCollection(collection.name(), all, collection.queries(), collection.grades());
    Path own = place.resolveSibling(place.getFileName() + "-repeats");
    SearchSettings settings = SearchSettings.DEFAULT;
    double none;
    double apart;
    double grouped;
    try (PassageIndex index = new PassageIndex(place, Map.of(collection.language(), embedder), settings)) {
      none = ndcg(collection, index);
    }
    MemoryBench.index(repeated, own, embedder, run);
    try (PassageIndex index = new PassageIndex(own, Map.of(collection.language(), embedder), settings.withoutMerging())) {
      for (String id : all.keySet()) { // A run that was stopped may have left some in the archive.
        index.restore(id);
      }
      index.refresh();
      apart = ndcg(collection, index);
    }
    String name = collection.name();
    run.add(Row.alone(name, "repeats put in", copies.size(), "documents"));
    run.add(Row.against(name, "nDCG@10, each repeat takes a place", apart, "", "without repeats", none));
    try (WorkFolder folder = WorkFolder.create("repeats");
        LivingMemory memory = new LivingMemory(folder.path(), collection.language(), 0, merging());
        PassageIndex index = new PassageIndex(own, Map.of(collection.language(), embedder), settings)) {
      grouped = ndcg(collection, index);
      run.add(Row.against(name, "nDCG@10, repeats grouped in results", grouped, "", "each takes a place", apart));
      long vectorBytes = vectorBytes(memory, all);
      Growth.Report report = memory.report();
      for (String id : memory.archived()) {
        index.archive(id);
      }
      index.refresh();
      double merged = ndcg(collection, index);
      run.add(Row.against(name, "nDCG@10, repeats merged in memory", merged, "", "each takes a place", apart));
      run.add(Row.against(name, "nDCG@10, repeats merged in memory, of grouped", merged, "", "grouped in results", grouped));
      run.add(Row.against(name, "passages in memory, repeats merged", index.counts().passages(), "", "with repeats", all.size()));
      run.add(Row.against(name, "embeddings and graph, estimated, repeats merged", report.vectorBytes() / 1e3, "kB", "with repeats", vectorBytes / 1e3));
      for (String id : all.keySet()) {
        index.restore(id);
      }
    }
  }

  private static MemoryBudget merging() {
    return new MemoryBudget(0, 0, 0, List.of(), null, Repeats.MERGE);
  }

  /** Puts all into the memory and lets it decide; returns what the embeddings would take without that. */
  private static long vectorBytes(LivingMemory memory, Map<String, Text> all) {
    all.forEach(memory::put);
    memory.settle(all.size());
    return memory.vectorBytesOfAll();
  }

  private static Map<String, Text> copies(TestCollection collection) {
    Map<String, Text> copies = new LinkedHashMap<>();
    Random random = new Random(1);
    int place = 0;
    for (Map.Entry<String, Text> each : collection.documents().entrySet()) {
      if (place++ % EVERY == 0) {
        Text text = each.getValue();
        String edited = edited(text.text(), random);
        if (!edited.equals(text.text()) && Shingles.of(edited).jaccard(Shingles.of(text.text())) >= LEAST_SIMILAR) {
          copies.put(each.getKey() + COPY, new Text(text.title(), edited, text.links()));
        }
      }
    }
    return copies;
  }

  /** Replaces a few words by other ones of the text. */
  static String edited(String text, Random random) {
    List<MatchResult> words = WORD.matcher(text).results().toList();
    if (words.isEmpty()) {
      return text;
    }
    int edits = Math.max(1, words.size() / WORDS_AN_EDIT);
    StringBuilder edited = new StringBuilder(text);
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < edits; i++) {
      places.add(i == 0 ? words.size() - 1 : random.nextInt(words.size())); // Of short texts only the end may change.
    }
    places.stream().distinct().sorted((a, b) -> b - a).forEach(at -> {
      MatchResult word = words.get(at);
      edited.replace(word.start(), word.end(), words.get(random.nextInt(words.size())).group());
    });
    return edited.toString();
  }

  /** nDCG@10 where a copy after its original, or an original after its copy, is the same answer again. */
  private static double ndcg(TestCollection collection, PassageIndex index) {
    double sum = 0;
    for (Map.Entry<String, String> query : collection.queries().entrySet()) {
      List<String> answers = new ArrayList<>();
      for (var hit : index.search(Query.of(query.getValue(), SHOWN, Access.EVERYTHING)).hits()) {
        String id = hit.passage().documentId();
        String answer = id.endsWith(COPY) ? id.substring(0, id.length() - COPY.length()) : id;
        answers.add(answers.contains(answer) ? id + " again" : answer);
      }
      sum += RankingMetrics.ndcg(answers, collection.grades().getOrDefault(query.getKey(), Map.of()), SHOWN, RankingMetrics.Gain.LINEAR);
    }
    return sum / collection.queries().size();
  }
}
