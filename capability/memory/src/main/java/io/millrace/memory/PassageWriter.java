// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.spi.Embedder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Takes changes of documents and hands each document to a store as a whole. Changes wait for the next refresh: passages and embeddings
 * of a document often come one after the other, and what is written twice lies there twice until it is merged. What the store holds of
 * the changed documents is asked for then, for all of them at once.
 */
public final class PassageWriter {

  private static final Logger LOG = LoggerFactory.getLogger(PassageWriter.class);

  /** Changed passages that wait for the next refresh, some 4 kB each. */
  private static final int MOST_CHANGED = 16_000;

  /** No index takes terms of any length: Lucene's limit is 32,766 bytes. */
  private static final int LONGEST_IDENTITY = 8_000;

  private final Map<Language, Embedder> embedders;
  private final ContentStore store;

  /** What has become of documents since the last refresh, each in order. Guarded by {@code this}. */
  private final Map<String, List<UnaryOperator<DocumentContent>>> changed = new LinkedHashMap<>();

  private int changedPassages;

  /** Guarded by {@code this}. */
  private final Map<String, String> refused = new LinkedHashMap<>();

  /**
   * Prepares to write.
   *
   * @param embedders whose vectors are taken, by language
   */
  public PassageWriter(ContentStore store, Map<Language, Embedder> embedders) {
    this.store = store;
    this.embedders = Map.copyOf(embedders);
  }

  /**
   * Replaces a document's passages; an empty list removes them. Passages whose text stays keep their embedding.
   *
   * @throws IllegalArgumentException when a passage is of another document, naming both, or an identity is too long
   */
  public synchronized void put(String documentId, List<Passage> passages) throws IOException {
    for (Passage passage : passages) {
      if (!documentId.equals(passage.documentId()) || passage.id() == null || passage.text() == null || passage.language() == null) {
        throw new IllegalArgumentException(
            "passage '" + passage.id() + "' of document '" + passage.documentId() + "', language " + passage.language()
                + ", was put as one of '" + documentId + "'");
      }
    }
    if (passages.isEmpty()) {
      delete(documentId);
      return;
    }
    List<Passage> all = List.copyOf(passages);
    change(documentId, all.size(), before -> before.with(all));
  }

  /**
   * Removes a document's passages with their embeddings; those that wait may be of a text that is put again afterwards. One that comes
   * again is still in the archive if this one was.
   */
  public synchronized void delete(String documentId) throws IOException {
    change(documentId, 0, before -> before.with(List.of()));
  }

  /** Removes a document's embeddings by a model that wait for a text; that of a text that is there goes with it. */
  public synchronized void deleteVectors(String documentId, String model) throws IOException {
    for (Embedder embedder : embedders.values()) {
      if (embedder.model().equals(model)) {
        change(documentId, 0, before -> before.withoutWaiting(embedder.dimension()));
      }
    }
  }

  /** Returns the names of the models whose vectors are taken. */
  public Set<String> models() {
    return embedders.values().stream().map(Embedder::model).collect(Collectors.toSet());
  }

  /**
   * Moves a document to the archive: its passages and embeddings are kept, but nothing finds them, and the structures
   * that searches need are given up. What comes later of the same document goes to the archive as well.
   */
  public synchronized void archive(String documentId) throws IOException {
    change(documentId, 0, before -> before.archived(true));
  }

  /** Moves a document back from the archive, with the embeddings that it had. */
  public synchronized void restore(String documentId) throws IOException {
    change(documentId, 0, before -> before.archived(false));
  }

  /**
   * Adds embeddings to a document's passages. Those whose text is not there (yet) wait until a put brings it.
   *
   * @throws IllegalArgumentException when a vector is not one of its model, naming both
   */
  public synchronized void putVectors(String documentId, PassageVectors vectors) throws IOException {
    Embedder made =
        embedders.values().stream()
            .filter(embedder -> embedder.model().equals(vectors.model()))
            .findFirst()
            .orElse(null);
    if (made == null) {
      LOG.debug("embeddings of {} by {} are not searched with here", documentId, vectors.model());
      return;
    }
    Map<String, float[]> news = new LinkedHashMap<>();
    for (PassageVectors.PassageVector each : vectors.vectors()) {
      news.put(each.textHash(), checked(documentId, made, each.vector()));
    }
    change(documentId, news.size(), before -> before.with(news, made.dimension()));
  }

  private static float[] checked(String documentId, Embedder model, float[] vector) {
    if (vector.length != model.dimension()) {
      throw new IllegalArgumentException(
          "an embedding of '" + documentId + "' has " + vector.length + " dimensions, but " + model.model()
              + " makes " + model.dimension());
    }
    for (float x : vector) {
      if (!Float.isFinite(x)) {
        throw new IllegalArgumentException("an embedding of '" + documentId + "' holds " + x);
      }
    }
    return Vectors.toUnitLength(vector.clone());
  }

  /**
   * Notes what becomes of a document.
   *
   * @param passages that it brings, roughly
   */
  private void change(String documentId, int passages, UnaryOperator<DocumentContent> step) throws IOException {
    if (documentId.length() > LONGEST_IDENTITY) {
      throw new IllegalArgumentException(
          "the identity of a document has " + documentId.length() + " characters, at most " + LONGEST_IDENTITY + " are possible: "
              + documentId.substring(0, 40) + "…");
    }
    changed.computeIfAbsent(documentId, _ -> new ArrayList<>()).add(step);
    changedPassages += 1 + passages; // A document without passages has a name at least.
    if (changedPassages > MOST_CHANGED) {
      refresh();
    }
  }

  /** Gives the store all changes; what they leave as it was is not written. */
  private void write() throws IOException {
    if (changed.isEmpty()) {
      return;
    }
    Map<String, DocumentContent> stored = store.stored(changed.keySet());
    Map<String, DocumentContent> changes = new LinkedHashMap<>();
    changed.forEach(
        (document, steps) -> {
          DocumentContent before = stored.getOrDefault(document, DocumentContent.NONE);
          DocumentContent after = after(before, steps);
          if (!after.equals(before)) {
            changes.put(document, after);
          }
        });
    refused.putAll(store.write(changes));
  }

  /** Returns the documents that could not be taken since this was last asked, with the reasons. */
  public synchronized Map<String, String> refused() {
    Map<String, String> all = Map.copyOf(refused);
    refused.clear();
    return all;
  }

  private static DocumentContent after(DocumentContent before, List<UnaryOperator<DocumentContent>> steps) {
    DocumentContent after = before;
    for (UnaryOperator<DocumentContent> step : steps) {
      after = step.apply(after);
    }
    return after;
  }

  /** Returns a document's passages that have no embedding yet, in order; also those that no refresh has made visible. */
  public synchronized List<Passage> withoutEmbeddings(String documentId) {
    try {
      DocumentContent before = store.stored(Set.of(documentId)).getOrDefault(documentId, DocumentContent.NONE);
      return after(before, changed.getOrDefault(documentId, List.of())).withoutEmbeddings();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read what is stored of '" + documentId + "': " + e.getMessage(), e);
    }
  }

  /** Makes all changes so far visible to searches. */
  public synchronized void refresh() throws IOException {
    write();
    store.refresh();
    forget();
  }

  /** Makes all changes so far durable, together with facts. */
  public synchronized void commit(Map<String, String> facts) throws IOException {
    refresh();
    store.commit(facts);
  }

  /** Goes on from the last commit; empties a store that is damaged. */
  public synchronized void reopen() {
    forget();
    store.reopen();
  }

  /** Drops everything, durably. */
  public synchronized void clear() throws IOException {
    store.clear();
    forget();
  }

  private void forget() {
    changed.clear();
    changedPassages = 0;
  }
}
