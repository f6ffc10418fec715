// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Embedder;
import io.millrace.memory.EmbeddedPassages;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.SearchSettings;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * An index as the product fills it, which may outlive the run, since embedding a whole domain takes long: a run that was stopped is
 * continued, and the next one embeds only what has no embedding yet.
 */
public final class PersistentIndex {
  /** A committed fact: a hash of the identities of all documents of the corpus. */
  private static final String CORPUS = "corpus";

  private static final int BATCH = 64;
  private static final int COMMIT = 1_024;
  private static final Duration SELDOM = Duration.ofSeconds(15);

  private PersistentIndex() {}

  /**
   * Makes an index hold some passages of a corpus, with their embeddings, and nothing else.
   *
   * @param place its directory
   * @param documents identities of all documents of the corpus
   * @param passages those of a document one after the other
   * @param progress hears the rate and the remaining time now and then
   */
  public static void fill(
      Path place, List<String> documents, List<Passage> passages, Map<Language, Embedder> embedders, Consumer<String> progress)
      throws IOException {
    fill(place, MemoryBudget.NONE.vectors(), documents, passages, embedders, progress);
  }

  /**
   * Makes an index of another precision than the usual one hold some passages.
   *
   * @see #fill(Path, List, List, Map, Consumer)
   */
  static void fill(
      Path place,
      VectorPrecision precision,
      List<String> documents,
      List<Passage> passages,
      Map<Language, Embedder> embedders,
      Consumer<String> progress)
      throws IOException {
    try (PassageIndex index = new PassageIndex(place, embedders, SearchSettings.DEFAULT, precision, InstantSource.system())) {
      fill(index, documents, passages, embedders, progress);
    }
  }

  /**
   * Makes an open index hold some passages.
   *
   * @see #fill(Path, List, List, Map, Consumer)
   */
  static void fill(
      PassageIndex index, List<String> documents, List<Passage> passages, Map<Language, Embedder> embedders, Consumer<String> progress)
      throws IOException {
    Map<String, List<Passage>> wanted = new LinkedHashMap<>();
    passages.forEach(passage -> wanted.computeIfAbsent(passage.documentId(), _ -> new ArrayList<>()).add(passage));
    Map<String, String> facts = Map.of(CORPUS, hash(documents));
    if (!facts.equals(index.committed())) {
      // Another corpus may have had documents of which this one knows nothing.
      index.clear();
    }
    for (String document : documents) {
      List<Passage> some = wanted.getOrDefault(document, List.of());
      if (!index.passages(document).equals(some)) {
        index.put(document, some);
      }
    }
    index.commit(facts);
    List<Passage> left = new ArrayList<>();
    for (String document : wanted.keySet()) {
      left.addAll(index.withoutEmbeddings(document));
    }
    if (left.size() < passages.size()) {
      progress.accept("%,d of %,d passages are embedded already".formatted(passages.size() - left.size(), passages.size()));
    }
    Meter meter = new Meter(left.size(), progress);
    for (int from = 0; from < left.size(); from += BATCH) {
      List<Passage> batch = left.subList(from, Math.min(left.size(), from + BATCH));
      EmbeddedPassages.into(index, batch, embedders);
      meter.add(batch.size());
      if ((from / BATCH + 1) * BATCH % COMMIT == 0) {
        index.commit(facts);
      }
    }
    index.commit(facts);
  }

  private static String hash(List<String> documents) {
    try {
      byte[] all = String.join("\n", documents).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(all));
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
