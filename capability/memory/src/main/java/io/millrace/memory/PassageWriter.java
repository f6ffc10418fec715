// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.spi.Embedder;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes documents into the index, each as one block of passages with the embeddings that are known of them. */
final class PassageWriter {

  private static final Logger LOG = LoggerFactory.getLogger(PassageWriter.class);

  /** Changed passages that wait for the next refresh, some 4 kB each. */
  private static final int MOST_CHANGED = 16_000;

  private final Map<Language, Embedder> embedders;
  private final LuceneStore store;
  private final Analyzer analyzer;

  /**
   * Documents changed since the last refresh, as they are to be; Lucene gets them then. Passages and embeddings of a document often
   * come one after the other, and what is written twice lies there twice until segments are merged. Guarded by {@code this}.
   */
  private final Map<String, Content> changed = new LinkedHashMap<>();

  private int changedPassages;

  /** Guarded by {@code this}. */
  private final Map<String, String> refused = new LinkedHashMap<>();

  /**
   * What the index holds of a document: its passages, their embeddings by text hash, and those that wait for a text that is
   * still to come. Text and embeddings come from different topics, so either may be ahead by any number of versions.
   *
   * @param archived whether it is kept without being searched
   */
  record Content(List<Passage> passages, Map<String, float[]> vectors, boolean archived) {
    static final Content NONE = new Content(List.of(), Map.of(), false);

    /** The same with other passages: their embeddings stay, and those that wait go on waiting. */
    Content with(List<Passage> others) {
      Set<String> old = hashes();
      Set<String> wanted = others.stream().map(TextHash::of).collect(Collectors.toSet());
      Map<String, float[]> kept = new LinkedHashMap<>(vectors);
      kept.keySet().removeIf(hash -> old.contains(hash) && !wanted.contains(hash));
      return new Content(List.copyOf(others), kept, archived);
    }

    /**
     * The same with embeddings of one model that came together: those of it that waited before belong to an older text, and go.
     *
     * @param dimension of the model's vectors
     */
    Content with(Map<String, float[]> fresh, int dimension) {
      Set<String> used = hashes();
      Map<String, float[]> kept = new LinkedHashMap<>(vectors);
      kept.entrySet().removeIf(each -> each.getValue().length == dimension && !used.contains(each.getKey()));
      kept.putAll(fresh);
      return new Content(passages, kept, archived);
    }

    /** The same, in the archive or out of it. */
    Content archived(boolean archive) {
      return new Content(passages, vectors, archive);
    }

    private Set<String> hashes() {
      return passages.stream().map(TextHash::of).collect(Collectors.toSet());
    }
  }

  /**
   * Prepares to write.
   *
   * @param embedders whose vectors are taken, by language
   */
  PassageWriter(LuceneStore store, Analyzer analyzer, Map<Language, Embedder> embedders) {
    this.store = store;
    this.analyzer = analyzer;
    this.embedders = embedders;
  }

  /** Replaces a document's passages; an empty list removes them. Passages whose text stays keep their embedding. */
  synchronized void put(String documentId, List<Passage> passages) throws IOException {
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
    change(documentId, content(documentId).with(passages));
  }

  /** Removes a document's passages and embeddings; one that comes again is still in the archive if this one was. */
  synchronized void delete(String documentId) throws IOException {
    if (content(documentId).archived()) {
      change(documentId, new Content(List.of(), Map.of(), true));
      return;
    }
    change(documentId, Content.NONE);
  }

  /**
   * Moves a document to the archive: its passages and embeddings are kept, but nothing finds them, and the structures
   * that searches need are given up. What comes later of the same document goes to the archive as well.
   */
  synchronized void archive(String documentId) throws IOException {
    Content before = content(documentId);
    if (!before.archived()) {
      change(documentId, before.archived(true));
    }
  }

  /** Moves a document back from the archive, with the embeddings that it had. */
  synchronized void restore(String documentId) throws IOException {
    Content before = content(documentId);
    if (before.archived()) {
      change(documentId, before.archived(false));
    }
  }

  /**
   * Adds embeddings to a document's passages. Those whose text is not there (yet) wait until a put brings it.
   *
   * @throws IllegalArgumentException when a vector is not one of its model, naming both
   */
  synchronized void putVectors(String documentId, PassageVectors vectors) throws IOException {
    Embedder made =
        embedders.values().stream()
            .filter(embedder -> embedder.model().equals(vectors.model()))
            .findFirst()
            .orElse(null);
    if (made == null) {
      LOG.debug("embeddings of {} by {} are not searched with here", documentId, vectors.model());
      return;
    }
    Content before = content(documentId);
    Map<String, float[]> fresh = new LinkedHashMap<>();
    for (PassageVectors.PassageVector each : vectors.vectors()) {
      fresh.put(each.textHash(), checked(documentId, made, each.vector()));
    }
    if (!before.vectors().keySet().containsAll(fresh.keySet())) {
      change(documentId, before.with(fresh, made.dimension()));
    }
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

  /** Takes what a document is to hold from now on. */
  private void change(String documentId, Content content) throws IOException {
    Content before = changed.put(documentId, content);
    changedPassages += weight(content) - (before == null ? 0 : weight(before));
    if (changedPassages > MOST_CHANGED) {
      refresh();
    }
  }

  /** A document without passages has a name at least. */
  private static int weight(Content content) {
    return 1 + Math.max(content.passages().size(), content.vectors().size());
  }

  /** Gives Lucene all changes, each document as one block, so that searches see all of it or nothing. */
  private void write() throws IOException {
    for (Map.Entry<String, Content> change : changed.entrySet()) {
      Term document = new Term(PassageFields.DOCUMENT, change.getKey());
      List<org.apache.lucene.document.Document> block = block(change.getKey(), change.getValue());
      if (block.isEmpty()) {
        store.writer().deleteDocuments(document);
        continue;
      }
      try {
        store.writer().updateDocuments(document, block);
      } catch (IllegalArgumentException e) {
        // One that cannot be indexed, for a word of 32 KB for example, must not keep all others out; its old text is no longer true.
        LOG.warn("document {} cannot be indexed: {}", change.getKey(), e.getMessage());
        refused.put(change.getKey(), String.valueOf(e.getMessage()));
        store.writer().deleteDocuments(document);
      }
    }
  }

  /** Returns the documents that could not be indexed since this was last asked, with the reasons. */
  synchronized Map<String, String> refused() {
    Map<String, String> all = Map.copyOf(refused);
    refused.clear();
    return all;
  }

  private List<org.apache.lucene.document.Document> block(String documentId, Content content) {
    if (content.archived()) {
      return List.of(PassageFields.archived(documentId, content.passages(), content.vectors()));
    }
    Map<String, float[]> waiting = new LinkedHashMap<>(content.vectors());
    Map<String, float[]> used = new HashMap<>();
    for (Passage passage : content.passages()) {
      String hash = TextHash.of(passage);
      float[] vector = waiting.remove(hash);
      if (vector != null && vector.length == dimension(passage.language())) {
        used.put(hash, vector);
      }
    }
    float[] whole = Vectors.mean(sameLength(used.values()));
    List<org.apache.lucene.document.Document> block = new ArrayList<>();
    for (Passage passage : content.passages()) {
      boolean carrier = passage.ordinal() == 0 && whole != null && whole.length == dimension(passage.language());
      block.add(PassageFields.of(passage, analyzer, used.get(TextHash.of(passage)), carrier ? whole : null));
    }
    if (!waiting.isEmpty()) {
      block.add(PassageFields.waiting(documentId, waiting));
    }
    return block;
  }

  private int dimension(Language language) {
    Embedder embedder = embedders.get(language);
    return embedder == null ? -1 : embedder.dimension();
  }

  private static List<float[]> sameLength(Collection<float[]> vectors) {
    int length = vectors.isEmpty() ? 0 : vectors.iterator().next().length;
    return vectors.stream().filter(vector -> vector.length == length).toList();
  }

  private Content content(String documentId) {
    Content recent = changed.get(documentId);
    return recent != null ? recent : store.search(searcher -> stored(searcher, documentId));
  }

  static Content stored(IndexSearcher searcher, String documentId) throws IOException {
    List<Passage> passages = new ArrayList<>();
    Map<String, float[]> vectors = new HashMap<>();
    var fields = searcher.storedFields();
    for (int doc : LuceneStore.docs(searcher, new Term(PassageFields.DOCUMENT, documentId))) {
      var document = fields.document(doc);
      BytesRef waiting = document.getBinaryValue(PassageFields.WAITING);
      BytesRef archived = document.getBinaryValue(PassageFields.ARCHIVED);
      if (archived != null && waiting != null) {
        return new Content(PassageFields.archived(archived), PassageFields.waiting(waiting), true);
      }
      if (waiting != null) {
        vectors.putAll(PassageFields.waiting(waiting));
        continue;
      }
      Passage passage = PassageFields.passage(document);
      passages.add(passage);
      float[] vector = PassageFields.vectorOf(searcher, doc, PassageFields.vector(passage.language()));
      if (vector != null) {
        vectors.put(TextHash.of(passage), vector);
      }
    }
    passages.sort(Comparator.comparingInt(Passage::ordinal));
    return new Content(passages, vectors, false);
  }

  /** Returns a document's passages that have no embedding yet, in order; also those that no refresh has made visible. */
  synchronized List<Passage> withoutEmbeddings(String documentId) {
    Content content = content(documentId);
    return content.passages().stream().filter(passage -> !content.vectors().containsKey(TextHash.of(passage))).toList();
  }

  /** Makes all changes so far visible to searches. */
  synchronized void refresh() throws IOException {
    write();
    store.refresh();
    forget();
  }

  /** Makes all changes so far durable, together with facts. */
  synchronized void commit(Map<String, String> facts) throws IOException {
    refresh();
    store.commit(facts);
  }

  /** Goes back to the last commit; empties the index if it is damaged. */
  synchronized void reopen() {
    forget();
    store.reopen();
  }

  /** Drops everything, durably. */
  synchronized void clear() throws IOException {
    store.clear();
    forget();
  }

  private void forget() {
    changed.clear();
    changedPassages = 0;
  }
}
