// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.Row;
import io.millrace.benchmarks.WorkFolder;
import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.memory.EmbeddedPassages;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * What the age of texts does to results. <i>Versions</i>: every fifth document first said what another one of these says, and is then
 * put with its own text; the old text is to be found no more, and what history takes is read from the product's store.
 * <i>Expiry</i>: the time of every fifth document passes; those are to be found no more, and the others as well as ever.
 */
final class AgeCost {
  private static final int EVERY = 5;
  private static final int SHOWN = 10;
  private static final int KEPT = 3;
  private static final Instant END = Instant.parse("2026-01-01T00:00:00Z");

  private final TestCollection collection;
  private final Path place;
  private final Embedder embedder;
  private final BenchRun run;

  /**
   * Prepares to measure.
   *
   * @param place of an index that holds the collection; it is copied
   */
  AgeCost(TestCollection collection, Path place, Embedder embedder, BenchRun run) {
    this.collection = collection;
    this.place = place;
    this.embedder = embedder;
    this.run = run;
  }

  void measure() throws IOException {
    Map<String, Text> some = every();
    if (some.size() < 2) {
      run.say(collection.name() + ": too few documents to measure versions and expiry on");
      return;
    }
    try (WorkFolder folder = WorkFolder.create("versions")) {
      versions(some, copy(folder.path().resolve("index")));
      history(some, folder.path());
    }
    try (WorkFolder folder = WorkFolder.create("expiry")) {
      expiry(some, copy(folder.path().resolve("index")));
    }
  }

  private void versions(Map<String, Text> replaced, Path own) throws IOException {
    Map<String, Text> before = rotated(replaced);
    try (PassageIndex index = new PassageIndex(own, Map.of(collection.language(), embedder), SearchSettings.DEFAULT)) {
      double never = MemoryBench.scores(collection, index).ndcg();
      put(index, before, null);
      double old = MemoryBench.scores(collection, index).ndcg();
      long oldFound = found(index, before);
      put(index, replaced, null);
      double now = MemoryBench.scores(collection, index).ndcg();
      String name = collection.name();
      run.add(Row.against(name, "nDCG@10, old versions", old, "", "new texts only", never));
      run.add(Row.against(name, "nDCG@10, after new versions", now, "", "new texts only", never));
      run.add(Row.alone(name, "old texts found by themselves, before", oldFound, "of " + before.size()));
      run.add(Row.alone(name, "old texts found by themselves, after new versions", found(index, before), "of " + before.size()));
    }
  }

  /** How many documents are found with such a text by a search for it. */
  private long found(PassageIndex index, Map<String, Text> texts) {
    return texts.entrySet().stream()
        .filter(each -> index.search(Query.of(opening(each.getValue().text()), SHOWN, Access.EVERYTHING)).hits().stream()
            .anyMatch(hit -> Stream.concat(Stream.of(hit.passage()), hit.repeats().stream().map(repeat -> repeat.passage()))
                .anyMatch(passage -> passage.documentId().equals(each.getKey()) && passage.text().equals(each.getValue().text()))))
        .count();
  }

  private static String opening(String text) {
    return text.substring(0, Math.min(200, text.length()));
  }

  private void history(Map<String, Text> replaced, Path folder) throws IOException {
    Map<String, Text> before = rotated(replaced);
    long without = 0;
    for (int kept : new int[] {0, KEPT}) {
      try (LivingMemory memory =
          new LivingMemory(Files.createDirectories(folder.resolve("kept-" + kept)), collection.language(), kept, MemoryBudget.NONE)) {
        collection.documents().forEach((id, text) -> memory.put(id, before.getOrDefault(id, text)));
        replaced.forEach(memory::put);
        memory.settle(collection.documents().size());
        long bytes = memory.bytesOnDisk();
        if (kept == 0) {
          without = bytes;
        } else {
          run.add(Row.alone(collection.name(), "earlier versions kept", memory.versions(replaced.keySet()), "of " + replaced.size()));
          run.add(Row.against(collection.name(), "documents on disk, with history", bytes / 1e3, "kB", "without", without / 1e3));
        }
      }
    }
  }

  private void expiry(Map<String, Text> passing, Path own) throws IOException {
    AtomicReference<Instant> now = new AtomicReference<>(END.minusSeconds(1));
    TestCollection rest = rest(passing);
    try (PassageIndex index = new PassageIndex(
        own, Map.of(collection.language(), embedder), SearchSettings.DEFAULT, MemoryBudget.NONE.vectors(), now::get)) {
      put(index, passing, new Validity(null, END));
      String name = collection.name();
      double share = share(rest, passing, index);
      double before = MemoryBench.scores(rest, index).ndcg();
      now.set(END);
      run.add(Row.alone(name, "of ten hits, those whose time will pass", share, "share"));
      run.add(Row.alone(name, "of ten hits, those whose time has passed", share(rest, passing, index), "share"));
      double after = MemoryBench.scores(rest, index).ndcg();
      for (String id : passing.keySet()) {
        index.archive(id);
      }
      index.refresh();
      run.add(Row.against(name, "nDCG@10 of the others, after a fifth has expired", after, "", "before", before));
      run.add(Row.against(name, "nDCG@10 of the others, expired ones archived", MemoryBench.scores(rest, index).ndcg(), "", "before", before));
    }
  }

  /** The collection without judgements of some documents. */
  private TestCollection rest(Map<String, Text> without) {
    Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
    collection.grades().forEach((query, judged) -> {
      Map<String, Integer> left = new LinkedHashMap<>(judged);
      left.keySet().removeAll(without.keySet());
      grades.put(query, left);
    });
    return new TestCollection(collection.name(), collection.documents(), collection.queries(), grades);
  }

  private static double share(TestCollection collection, Map<String, Text> some, PassageIndex index) {
    long hits = 0;
    long among = 0;
    for (String query : collection.queries().values()) {
      for (var hit : index.search(Query.of(query, SHOWN, Access.EVERYTHING)).hits()) {
        hits++;
        among += some.containsKey(hit.passage().documentId()) ? 1 : 0;
      }
    }
    return hits == 0 ? 0 : (double) among / hits;
  }

  /** Puts documents and their embeddings. */
  private void put(PassageIndex index, Map<String, Text> documents, @Nullable Validity validity) throws IOException {
    List<Passage> passages = new ArrayList<>();
    for (Map.Entry<String, Text> each : documents.entrySet()) {
      Passage passage = MemoryBench.passage(each.getKey(), each.getValue(), collection.language(), validity);
      passages.add(passage);
      index.put(each.getKey(), List.of(passage));
    }
    EmbeddedPassages.into(index, passages, Map.of(collection.language(), embedder));
    index.refresh();
  }

  private Map<String, Text> every() {
    Map<String, Text> some = new LinkedHashMap<>();
    int at = 0;
    for (Map.Entry<String, Text> each : collection.documents().entrySet()) {
      if (at++ % EVERY == 0) {
        some.put(each.getKey(), each.getValue());
      }
    }
    return some;
  }

  /** Each with the text of the next. */
  private static Map<String, Text> rotated(Map<String, Text> documents) {
    List<String> ids = List.copyOf(documents.keySet());
    Map<String, Text> rotated = new LinkedHashMap<>();
    for (int i = 0; i < ids.size(); i++) {
      rotated.put(ids.get(i), documents.getOrDefault(ids.get((i + 1) % ids.size()), Text.NONE));
    }
    return rotated;
  }

  private Path copy(Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(place)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
    return to;
  }
}
