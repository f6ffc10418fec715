// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.TextHash;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An index that outlives the run: embedding a whole domain takes long, so a run that was stopped is continued, and the next
 * one on the same passages only searches.
 */
final class PersistentIndex {
  /** Committed facts: a hash of the passages, and how many documents of them are in. */
  private static final String CONTENT = "content";

  private static final String DONE = "done";

  private static final int BATCH = 64;
  private static final int COMMIT = 1_024;
  private static final Duration SELDOM = Duration.ofSeconds(15);

  private PersistentIndex() {}

  /**
   * Brings the passages and their embeddings into the index.
   *
   * @param place its directory
   * @param passages those of a document one after the other
   * @param progress hears the rate and the remaining time now and then
   */
  static void fill(Path place, List<Passage> passages, Map<Language, Embedder> embedders, Consumer<String> progress)
      throws IOException {
    Map<String, List<Passage>> documents = new LinkedHashMap<>();
    passages.forEach(passage -> documents.computeIfAbsent(passage.documentId(), _ -> new ArrayList<>()).add(passage));
    String content = hash(passages);
    try (PassageIndex index = new PassageIndex(place, embedders, SearchSettings.DEFAULT)) {
      int done = content.equals(index.committed().get(CONTENT)) ? Integer.parseInt(index.committed().getOrDefault(DONE, "0")) : 0;
      if (done == 0) {
        index.clear();
      } else {
        progress.accept("%,d of %,d documents are embedded already".formatted(done, documents.size()));
      }
      List<List<Passage>> left = documents.values().stream().skip(done).toList();
      Meter meter = new Meter(left.stream().mapToInt(List::size).sum(), progress);
      List<Passage> batch = new ArrayList<>();
      int uncommitted = 0;
      for (List<Passage> document : left) {
        index.put(document.getFirst().documentId(), document);
        batch.addAll(document);
        done++;
        if (batch.size() >= BATCH) {
          embed(batch, index, embedders);
          meter.add(batch.size());
          uncommitted += batch.size();
          batch.clear();
          if (uncommitted >= COMMIT) {
            index.commit(Map.of(CONTENT, content, DONE, Integer.toString(done)));
            uncommitted = 0;
          }
        }
      }
      embed(batch, index, embedders);
      index.commit(Map.of(CONTENT, content, DONE, Integer.toString(done)));
    }
  }

  private static void embed(List<Passage> batch, PassageIndex index, Map<Language, Embedder> embedders) throws IOException {
    for (Map.Entry<Language, Embedder> each : embedders.entrySet()) {
      List<Passage> passages = batch.stream().filter(passage -> passage.language() == each.getKey()).toList();
      List<float[]> vectors = each.getValue().embedPassages(passages.stream().map(Passage::textInContext).toList());
      Map<String, List<PassageVector>> byDocument = new LinkedHashMap<>();
      for (int i = 0; i < passages.size(); i++) {
        byDocument.computeIfAbsent(passages.get(i).documentId(), _ -> new ArrayList<>())
            .add(new PassageVector(TextHash.of(passages.get(i)), vectors.get(i)));
      }
      for (Map.Entry<String, List<PassageVector>> document : byDocument.entrySet()) {
        index.putVectors(document.getKey(), new PassageVectors(document.getKey(), each.getValue().model(), document.getValue()));
      }
    }
  }

  private static String hash(List<Passage> passages) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Passage passage : passages) {
        digest.update((passage.id() + " " + TextHash.of(passage) + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** Says now and then how far it is. */
  private static final class Meter {
    private final int all;
    private final Consumer<String> progress;
    private final long start = System.nanoTime();
    private long said = start;
    private int done;

    Meter(int all, Consumer<String> progress) {
      this.all = all;
      this.progress = progress;
    }

    void add(int passages) {
      done += passages;
      long now = System.nanoTime();
      if (now - said >= SELDOM.toNanos()) {
        double perSecond = done / ((now - start) / 1e9);
        progress.accept("  %,d of %,d passages embedded, %.0f/s, %,.0f s left".formatted(done, all, perSecond, (all - done) / perSecond));
        said = now;
      }
    }
  }
}
