// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Neighbours;
import io.millrace.core.spi.Retriever;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.DelegatingAnalyzerWrapper;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Passages on disk, found by their words (BM25F) and their meaning (embeddings in an HNSW graph; Malkov and Yashunin,
 * TPAMI 2020). Text and embeddings may arrive in any order: an embedding is used once the passage that it was made
 * from is there, and a passage that changes loses its embedding, while the untouched ones of the same document keep
 * theirs. Changes are seen by searches after {@link #refresh()} and survive the process after {@link #commit}.
 */
public final class PassageIndex implements Retriever, Neighbours, AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PassageIndex.class);

  /** Longer questions are pasted pages; their beginning says enough. */
  private static final int LONGEST_QUERY = 4_000;

  /** Changed documents that are kept at hand until a refresh makes them readable from the index itself. */
  private static final int MOST_UNREFRESHED = 1_000;

  private static final double WRITE_BUFFER_MB = 64;

  /** What is remembered of who may see what: 250 sets of labels on a million passages. */
  private static final long VISIBILITY_BYTES = 32L << 20;

  private final Map<Language, Embedder> embedders;
  private final SearchSettings settings;
  private final LexicalQuery lexical;
  private final LuceneStore store;
  private final Analyzer analyzer = new BothScripts();
  private final VisibleParts visible = new VisibleParts(VISIBILITY_BYTES);
  private final ExecutorService embedding =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().daemon().name("memory-query-embedding-", 0).factory());

  /** Documents written since the last refresh; guarded by {@code this}, as all writing is. */
  private final Map<String, Content> unrefreshed = new HashMap<>();

  /** Tells what may be found now. */
  private final InstantSource clock;

  /**
   * What the index holds of a document: its passages, their embeddings by text hash, and those that wait.
   *
   * @param archived whether it is kept without being searched
   */
  private record Content(List<Passage> passages, Map<String, float[]> vectors, boolean archived) {
    static final Content NONE = new Content(List.of(), Map.of(), false);
  }

  /** How much the index holds, as of the last refresh. */
  public record Counts(int documents, int passages, int passagesWithVectors) {}

  /**
   * Opens or creates the index. One that is damaged, of an older format, or made with other embedding models is
   * emptied; {@link #committed()} is empty then, which tells the caller to fill it from the beginning of the log.
   *
   * @param directory that belongs to this index alone
   * @param embedders that turn questions into vectors, by language; not closed with the index
   * @throws IllegalStateException when another process has the directory open
   */
  public PassageIndex(Path directory, Map<Language, Embedder> embedders, SearchSettings settings) {
    this(directory, embedders, settings, InstantSource.system());
  }

  /**
   * Opens or creates the index, as above.
   *
   * @param clock by which documents come to be found, and cease to be
   */
  public PassageIndex(
      Path directory, Map<Language, Embedder> embedders, SearchSettings settings, InstantSource clock) {
    this.clock = clock;
    this.embedders = Map.copyOf(embedders);
    this.settings = settings;
    this.lexical = new LexicalQuery(settings);
    Map<String, String> models = new TreeMap<>();
    embedders.forEach((language, embedder) -> models.put(language.code(), embedder.model()));
    this.store =
        new LuceneStore(
            directory,
            PassageFields.FORMAT + models,
            () -> new IndexWriterConfig(analyzer).setRAMBufferSizeMB(WRITE_BUFFER_MB),
            new SearcherFactory());
  }

  @Override
  public Result search(Query query) {
    List<String> notes = new ArrayList<>();
    List<Hit> hits = search(query, notes, PassageSearch::run);
    return new Result(hits, notes);
  }

  @Override
  public Standing standing(Query query, String document) {
    return search(query, new ArrayList<>(), (search, vector) -> search.standing(vector, document));
  }

  /** What is asked of a search, with the question's embedding if there is one. */
  @FunctionalInterface
  private interface Task<T> {
    T of(PassageSearch search, float @Nullable [] vector) throws IOException;
  }

  private <T> T search(Query query, List<String> notes, Task<T> task) {
    String text = query.text();
    if (text.length() > LONGEST_QUERY) {
      notes.add("only the first " + LONGEST_QUERY + " of " + text.length() + " characters were searched for");
      text = text.substring(0, LONGEST_QUERY);
    }
    String question = text;
    Language language = query.language() != null ? query.language() : Language.of(question);
    Future<float[]> meaning = embed(question, language, query, notes);
    if (meaning == null && !lexical.seeks(question, language)) {
      notes.add("the query has no searchable words");
    }
    float[] vector = meaning == null ? null : await(meaning, query, notes);
    return store.search(
        searcher -> {
          Sight sight = sight(searcher, query.access());
          var words = lexical.of(question, language, sight::holds);
          return task.of(new PassageSearch(sight, settings, query, language, words, clock.instant()), vector);
        });
  }

  private Sight sight(IndexSearcher searcher, Access access) throws IOException {
    return Sight.of(searcher.getIndexReader(), access, visible);
  }

  private @Nullable Future<float[]> embed(
      String question, Language language, Query query, List<String> notes) {
    Embedder embedder = embedders.get(language);
    if (embedder == null || question.isBlank() || settings.ranking(language).denseShare() == 0) {
      return null;
    }
    if (query.deadline().expired()) {
      notes.add("searched by words only: the deadline had passed before the question was embedded");
      return null;
    }
    return embedding.submit(() -> embedder.embedQueries(List.of(question)).getFirst());
  }

  private static float @Nullable [] await(Future<float[]> meaning, Query query, List<String> notes) {
    try {
      return meaning.get(query.deadline().remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      notes.add("searched by words only: embedding the question took longer than the deadline allows");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      notes.add("searched by words only: the search was interrupted");
    } catch (ExecutionException e) {
      LOG.warn("embedding a question failed", e);
      notes.add("searched by words only: embedding the question failed: " + e.getMessage());
    }
    meaning.cancel(false);
    return null;
  }

  /** Replaces a document's passages; an empty list removes them. Passages whose text stays keep their embedding. */
  public synchronized void put(String documentId, List<Passage> passages) throws IOException {
    for (Passage passage : passages) {
      if (!passage.documentId().equals(documentId)) {
        throw new IllegalArgumentException(
            "passage '" + passage.id() + "' of document '" + passage.documentId() + "' was put as one of '"
                + documentId + "'");
      }
    }
    if (passages.isEmpty()) {
      delete(documentId);
      return;
    }
    Content before = content(documentId);
    write(documentId, new Content(List.copyOf(passages), before.vectors(), before.archived()), false);
  }

  /** Removes a document's passages and embeddings; one that comes again is still in the archive if this one was. */
  public synchronized void delete(String documentId) throws IOException {
    if (content(documentId).archived()) {
      write(documentId, new Content(List.of(), Map.of(), true), false);
      return;
    }
    store.writer().deleteDocuments(new Term(PassageFields.DOCUMENT, documentId));
    remember(documentId, Content.NONE);
  }

  /**
   * Moves a document to the archive: its passages and embeddings are kept, but nothing finds them, and the structures
   * that searches need are given up. What comes later of the same document goes to the archive as well.
   */
  public synchronized void archive(String documentId) throws IOException {
    Content before = content(documentId);
    if (!before.archived()) {
      write(documentId, new Content(before.passages(), before.vectors(), true), true);
    }
  }

  /** Moves a document back from the archive, with the embeddings that it had. */
  public synchronized void restore(String documentId) throws IOException {
    Content before = content(documentId);
    if (before.archived()) {
      write(documentId, new Content(before.passages(), before.vectors(), false), true);
    }
  }

  /** Returns how many documents are in the archive. */
  public int archived() {
    return store.search(searcher -> searcher.count(new TermQuery(new Term(PassageFields.ARCHIVED, "1"))));
  }

  /** Returns the bytes that the index takes on disk, archive included. */
  public long bytesOnDisk() {
    return store.bytes();
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
    Content before = content(documentId);
    Map<String, float[]> known = new HashMap<>(before.vectors());
    boolean news = false;
    for (PassageVectors.PassageVector each : vectors.vectors()) {
      float[] vector = checked(documentId, made, each.vector());
      news |= known.put(each.textHash(), vector) == null;
    }
    if (news) {
      write(documentId, new Content(before.passages(), known, before.archived()), true);
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

  /**
   * Writes a document as one block, so that searches see all of it or nothing.
   *
   * @param keepUnmatched whether embeddings without passage may belong to a put that is still to come
   */
  private void write(String documentId, Content content, boolean keepUnmatched) throws IOException {
    if (content.archived()) {
      writeArchived(documentId, content, keepUnmatched);
      return;
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
    boolean complete = !content.passages().isEmpty() && used.size() == content.passages().size();
    if (!waiting.isEmpty() && keepUnmatched && !complete) {
      block.add(PassageFields.waiting(documentId, waiting));
      used.putAll(waiting);
    }
    if (block.isEmpty()) {
      store.writer().deleteDocuments(new Term(PassageFields.DOCUMENT, documentId));
    } else {
      store.writer().updateDocuments(new Term(PassageFields.DOCUMENT, documentId), block);
    }
    remember(documentId, new Content(content.passages(), used, false));
  }

  private void writeArchived(String documentId, Content content, boolean keepUnmatched) throws IOException {
    Map<String, float[]> kept = new LinkedHashMap<>(content.vectors());
    if (!keepUnmatched) {
      kept.keySet().retainAll(content.passages().stream().map(TextHash::of).toList());
    }
    store.writer().updateDocuments(
        new Term(PassageFields.DOCUMENT, documentId),
        List.of(PassageFields.archived(documentId, content.passages(), kept)));
    remember(documentId, new Content(content.passages(), kept, true));
  }

  private int dimension(Language language) {
    Embedder embedder = embedders.get(language);
    return embedder == null ? -1 : embedder.dimension();
  }

  private static List<float[]> sameLength(Collection<float[]> vectors) {
    int length = vectors.isEmpty() ? 0 : vectors.iterator().next().length;
    return vectors.stream().filter(vector -> vector.length == length).toList();
  }

  private void remember(String documentId, Content content) throws IOException {
    unrefreshed.put(documentId, content);
    if (unrefreshed.size() > MOST_UNREFRESHED) {
      refresh();
    }
  }

  private Content content(String documentId) {
    Content recent = unrefreshed.get(documentId);
    return recent != null ? recent : store.search(searcher -> stored(searcher, documentId));
  }

  private static Content stored(IndexSearcher searcher, String documentId) throws IOException {
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
      float[] vector = vector(searcher, doc, PassageFields.vector(passage.language()));
      if (vector != null) {
        vectors.put(TextHash.of(passage), vector);
      }
    }
    passages.sort(Comparator.comparingInt(Passage::ordinal));
    return new Content(passages, vectors, false);
  }

  private static float @Nullable [] vector(IndexSearcher searcher, int doc, String field) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    return PassageFields.vectorOf(leaf.reader(), field, doc - leaf.docBase);
  }

  /**
   * Returns a document's passages in order, also those of one in the archive, whatever their labels: for whoever keeps the index; empty
   * when there are none.
   */
  public List<Passage> passages(String documentId) {
    return store.search(searcher -> stored(searcher, documentId)).passages();
  }

  /** Returns a document's passages that have no embedding yet, in order; also those that no refresh has made visible. */
  public synchronized List<Passage> withoutEmbeddings(String documentId) {
    Content content = content(documentId);
    return content.passages().stream().filter(passage -> !content.vectors().containsKey(TextHash.of(passage))).toList();
  }

  @Override
  public List<Neighbour> nearest(String document, int limit, Access access) {
    return store.search(
        searcher -> {
          Sight sight = sight(searcher, access);
          for (Language language : Language.values()) {
            float[] vector = documentVector(searcher, sight, document, language);
            if (vector != null) {
              return nearest(searcher, sight, document, vector, language, limit);
            }
          }
          return List.of();
        });
  }

  private static List<Neighbour> nearest(
      IndexSearcher searcher, Sight sight, String document, float[] vector, Language language, int limit)
      throws IOException {
    var query = new KnnFloatVectorQuery(PassageFields.documentVector(language), vector, limit + 1, sight.filter());
    var stored = searcher.storedFields();
    List<Neighbour> neighbours = new ArrayList<>();
    for (ScoreDoc hit : searcher.search(query, limit + 1).scoreDocs) {
      String id = stored.document(hit.doc, Set.of(PassageFields.DOCUMENT)).get(PassageFields.DOCUMENT);
      if (!id.equals(document) && neighbours.size() < limit) {
        neighbours.add(new Neighbour(id, PassageSearch.cosine(hit.score)));
      }
    }
    neighbours.sort(
        Comparator.comparingDouble(Neighbour::similarity).reversed().thenComparing(Neighbour::document));
    return neighbours;
  }

  @Override
  public Optional<float[]> embedding(String document, Access access) {
    return store.search(
        searcher -> {
          Sight sight = sight(searcher, access);
          for (Language language : Language.values()) {
            float[] vector = documentVector(searcher, sight, document, language);
            if (vector != null) {
              return Optional.of(vector);
            }
          }
          return Optional.empty();
        });
  }

  private static float @Nullable [] documentVector(
      IndexSearcher searcher, Sight sight, String document, Language language) throws IOException {
    String field = PassageFields.documentVector(language);
    int[] first = LuceneStore.docs(searcher, new Term(PassageFields.FIRST_OF, document));
    return first.length == 0 || !sight.sees(first[0]) ? null : vector(searcher, first[0], field);
  }

  /** Makes all changes so far visible to searches. */
  public synchronized void refresh() throws IOException {
    store.refresh();
    unrefreshed.clear();
  }

  /** Makes all changes so far durable, together with facts such as the positions in a log that they stand for. */
  public synchronized void commit(Map<String, String> facts) throws IOException {
    store.commit(facts);
  }

  /** Returns the facts of the last commit; empty for a new index. */
  public Map<String, String> committed() {
    return store.committed();
  }

  /** Goes back to the last commit, after an error such as a full disk; empties the index if it is damaged. */
  public synchronized void reopen() {
    unrefreshed.clear();
    store.reopen();
  }

  /** Drops everything, durably. */
  public synchronized void clear() throws IOException {
    store.clear();
    unrefreshed.clear();
  }

  /** Returns how much there is, whatever its labels: not for readers. */
  public Counts counts() {
    return store.search(
        searcher -> {
          int passages = 0;
          int vectors = 0;
          for (Language language : Language.values()) {
            passages += searcher.count(new TermQuery(new Term(PassageFields.LANGUAGE, language.code())));
            vectors += searcher.count(new FieldExistsQuery(PassageFields.vector(language)));
          }
          int documents = searcher.count(new TermQuery(new Term(PassageFields.FIRST, "1")));
          return new Counts(documents, passages, vectors);
        });
  }

  @Override
  public void close() {
    embedding.shutdownNow();
    store.close();
  }

  /** Chooses the analysis by the field's script. */
  private static final class BothScripts extends DelegatingAnalyzerWrapper {
    private final Analyzer latin = new LatinAnalyzer();
    private final Analyzer han = new HanAnalyzer();

    BothScripts() {
      super(PER_FIELD_REUSE_STRATEGY);
    }

    @Override
    protected Analyzer getWrappedAnalyzer(String field) {
      return field.endsWith(".han") ? han : latin;
    }
  }
}
