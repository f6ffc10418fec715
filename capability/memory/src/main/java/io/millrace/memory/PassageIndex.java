// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Future;

/**
 * Passages on disk, found by their words (BM25F) and their meaning (embeddings in an HNSW graph; Malkov and Yashunin,
 * TPAMI 2020). Text and embeddings may arrive in any order: an embedding is used once the passage that it was made
 * from is there, and a passage that changes loses its embedding, while the untouched ones of the same document keep
 * theirs. Changes are seen by searches after {@link #refresh()} and survive the process after {@link #commit}.
 */
public final class PassageIndex extends WrittenPassages {

  /** Documents, at least, that quantised embeddings propose as neighbours and exact ones judge. */
  private static final int LEAST_PROPOSED = 50;

  private static final double WRITE_BUFFER_MB = 64;

  /** What is remembered of who may see what: 250 sets of labels on a million passages. */
  private static final long VISIBILITY_BYTES = 32L << 20;

  private final Map<Language, Embedder> embedders;
  private final SearchSettings settings;
  private final LexicalQuery lexical;
  private final LuceneStore store;
  private final PassageWriter writer;
  private final BothScripts analyzer = new BothScripts();
  private final VisibleParts visible = new VisibleParts(VISIBILITY_BYTES);
  private final Questions questions;
  private final PassageSearch.Parts parts;

  private final Judging judging;

  /** Tells what may be found now. */
  private final InstantSource clock;

  /** How much the index holds, as of the last refresh. */
  public record Counts(int documents, int passages, int passagesWithVectors) {}

  /**
   * Opens or creates the index, with the usual precision of embeddings and the system's clock.
   *
   * @see #PassageIndex(Path, Map, SearchSettings, VectorPrecision, InstantSource)
   */
  public PassageIndex(Path directory, Map<Language, Embedder> embedders, SearchSettings settings) {
    this(directory, embedders, settings, MemoryBudget.NONE.vectors(), InstantSource.system());
  }

  /**
   * Opens or creates the index, of whose documents nothing is known besides.
   *
   * @see #PassageIndex(Path, Map, SearchSettings, VectorPrecision, InstantSource, Judging)
   */
  public PassageIndex(
      Path directory,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      VectorPrecision precision,
      InstantSource clock) {
    this(directory, embedders, settings, precision, clock, Judging.PLAIN);
  }

  /**
   * Opens or creates the index. One that is damaged, of an older format, or made with other embedding models or another
   * precision is emptied; {@link #committed()} is empty then, which tells the caller to fill it from the beginning of the log.
   *
   * @param directory that belongs to this index alone
   * @param embedders that turn questions into vectors, by language; not closed with the index
   * @param precision of embeddings in the graph
   * @param clock by which documents come to be found, and cease to be
   * @param judging what judging candidates takes beside the index
   * @throws IllegalStateException when another process has the directory open
   */
  public PassageIndex(
      Path directory,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      VectorPrecision precision,
      InstantSource clock,
      Judging judging) {
    this(directory, LuceneStore.Files.ON_DISK, embedders, settings, PassageCodec.of(precision), precision, clock, judging);
  }

  /**
   * Opens or creates an index in which searches walk a graph however little there is, as those of large ones do. For measuring what that
   * costs: in small ones it finds less, and nothing sooner, than looking at every embedding, which is what they do otherwise.
   */
  public static PassageIndex withGraphs(
      Path directory, Map<Language, Embedder> embedders, SearchSettings settings, VectorPrecision precision) {
    return new PassageIndex(
        directory, LuceneStore.Files.ON_DISK, embedders, settings, PassageCodec.of(precision, PassageCodec.NOTHING_SCANNED), precision,
        InstantSource.system(), Judging.PLAIN);
  }

  /** Opens or creates the index in files of one's own, as above. */
  PassageIndex(
      Path directory,
      LuceneStore.Files files,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      VectorPrecision precision,
      InstantSource clock,
      Judging judging) {
    this(directory, files, embedders, settings, PassageCodec.of(precision), precision, clock, judging);
  }

  private PassageIndex(
      Path directory,
      LuceneStore.Files files,
      Map<Language, Embedder> embedders,
      SearchSettings settings,
      Codec codec,
      VectorPrecision precision,
      InstantSource clock,
      Judging judging) {
    this.judging = judging;
    this.clock = clock;
    this.embedders = Map.copyOf(embedders);
    this.settings = settings;
    this.lexical = new LexicalQuery(settings);
    this.questions = new Questions(embedders, settings);
    this.parts = new PassageSearch.Parts(new TitleBooks(), NearestPassages.of(precision), questions.cosines());
    this.store =
        new LuceneStore(
            directory,
            files,
            formatOf(embedders, precision),
            () ->
                new IndexWriterConfig(analyzer)
                    .setRAMBufferSizeMB(WRITE_BUFFER_MB)
                    .setCodec(codec)
                    .setMergePolicy(new SmallestFirst())
                    .setMergeScheduler(new YieldingMerges()),
            new SearcherFactory());
    this.writer = new PassageWriter(new LuceneContents(store, analyzer, new Dimensions(embedders)), this.embedders);
  }

  /**
   * Returns the format of an index, which must be the same for its files to be of use.
   *
   * @param models names of the embedding models by language code
   */
  public static String format(Map<String, String> models, VectorPrecision precision) {
    return PassageFields.FORMAT + new TreeMap<>(models) + precision.text();
  }

  /** Returns the format of an index whose passages these embedders embed. */
  public static String formatOf(Map<Language, Embedder> embedders, VectorPrecision precision) {
    Map<String, String> models = new TreeMap<>();
    embedders.forEach((language, embedder) -> models.put(language.code(), embedder.model()));
    return format(models, precision);
  }

  @Override
  protected PassageWriter writer() {
    return writer;
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
    String question = questions.text(query, notes);
    Language language = questions.language(query, question);
    Future<float[]> meaning = questions.embed(question, language, query, notes);
    if (meaning == null && !lexical.seeks(question, language)) {
      notes.add("the query has no searchable words");
    }
    float[] vector = questions.await(meaning, query, notes);
    Reranker reranker = Questions.reranker(judging.rerankers(), language, query, notes);
    return store.search(
        searcher -> {
          Sight sight = sight(searcher, query.access());
          var words = lexical.of(question, language, sight::holds);
          return task.of(
              new PassageSearch(sight, settings, query, language, words, clock.instant(), parts, judging, reranker), vector);
        });
  }

  private Sight sight(IndexSearcher searcher, Access access) throws IOException {
    return Sight.of(searcher.getIndexReader(), access, visible);
  }

  /** Returns how many documents are in the archive. */
  @Override
  public int archived() {
    return store.search(searcher -> searcher.count(new TermQuery(new Term(PassageFields.ARCHIVED, "1"))));
  }

  /** Returns whether parts of the index are being merged in the background, or are about to be. */
  public boolean merging() {
    return store.merging();
  }

  /**
   * Bytes of what searches by meaning read, which must fit in memory to be fast, and of the exact embeddings, of which they read a
   * hundred.
   *
   * @param graph of HNSW
   * @param quantised embeddings
   */
  public record VectorBytes(long graph, long quantised, long exact) {

    /** Returns the bytes of the embeddings that searches walk through. */
    public long walked(VectorPrecision precision) {
      return precision == VectorPrecision.FLOAT ? exact : quantised;
    }
  }

  /** Returns the sizes of graph and embeddings, as of the last refresh. */
  @Override
  public VectorBytes vectorBytes() {
    Map<String, Long> bytes = store.vectorBytes();
    return new VectorBytes(bytes.getOrDefault("vex", 0L), bytes.getOrDefault("veq", 0L), bytes.getOrDefault("vec", 0L));
  }

  /** Returns the bytes that the index takes on disk, archive included. */
  @Override
  public long bytesOnDisk() {
    return store.bytes();
  }

  /**
   * Returns a document's passages in order, also those of one in the archive, whatever their labels: for whoever keeps the index; empty
   * when there are none.
   */
  @Override
  public List<Passage> passages(String documentId) {
    return store.search(searcher -> LuceneContents.stored(searcher, documentId)).passages();
  }

  @Override
  public List<Passage> passages(String document, Access access) {
    return store.search(
        searcher -> {
          Sight sight = sight(searcher, access);
          List<Passage> passages = new ArrayList<>();
          for (int doc : LuceneStore.docs(searcher, new Term(PassageFields.DOCUMENT, document))) {
            var stored = searcher.storedFields().document(doc);
            if (sight.sees(doc) && stored.getBinaryValue(PassageFields.JSON) != null) {
              Passage passage = PassageFields.passage(stored);
              if (passage.validity() == null || passage.validity().at(clock.instant())) {
                passages.add(passage);
              }
            }
          }
          passages.sort(Comparator.comparingInt(Passage::ordinal));
          return List.copyOf(passages);
        });
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

  private List<Neighbour> nearest(
      IndexSearcher searcher, Sight sight, String document, float[] vector, Language language, int limit)
      throws IOException {
    String field = PassageFields.documentVector(language);
    int proposed = Math.max(LEAST_PROPOSED, 2 * limit);
    var stored = searcher.storedFields();
    List<Neighbour> neighbours = new ArrayList<>();
    for (int doc : parts.nearest().of(searcher, field, vector, proposed, sight.filter())) {
      String id = stored.document(doc, Set.of(PassageFields.DOCUMENT)).get(PassageFields.DOCUMENT);
      float[] other = PassageFields.vectorOf(searcher, doc, field);
      if (!id.equals(document) && other != null) {
        neighbours.add(new Neighbour(id, VectorUtil.dotProduct(vector, other)));
      }
    }
    neighbours.sort(
        Comparator.comparingDouble(Neighbour::similarity).reversed().thenComparing(Neighbour::document));
    return List.copyOf(neighbours.subList(0, Math.min(limit, neighbours.size())));
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
    return first.length == 0 || !sight.sees(first[0]) ? null : PassageFields.vectorOf(searcher, first[0], field);
  }

  /** Makes all changes so far visible to searches. */
  @Override
  public void refresh() throws IOException {
    writer.refresh();
    // So that no search has to: of a large new segment it takes a while.
    store.search(searcher -> parts.titles().of(searcher.getIndexReader()));
  }

  /** Returns the facts of the last commit; empty for a new index. */
  @Override
  public Map<String, String> committed() {
    return store.committed();
  }

  /** Returns how much there is, whatever its labels: not for readers. */
  @Override
  public Counts counts() {
    return store.search(PassageIndex::counts);
  }

  private static Counts counts(IndexSearcher searcher) throws IOException {
    int passages = 0;
    int vectors = 0;
    for (Language language : Language.values()) {
      passages += searcher.count(new TermQuery(new Term(PassageFields.LANGUAGE, language.code())));
      vectors += searcher.count(new FieldExistsQuery(PassageFields.vector(language)));
    }
    int documents = searcher.count(new TermQuery(new Term(PassageFields.FIRST, "1")));
    return new Counts(documents, passages, vectors);
  }

  @Override
  public HeldCommit hold() throws IOException {
    return store.hold(
        searcher -> {
          Counts counts = counts(searcher);
          return Map.of(
              "documents", (long) counts.documents(),
              "passages", (long) counts.passages(),
              "passagesWithVectors", (long) counts.passagesWithVectors());
        });
  }

  @Override
  public void close() {
    questions.close();
    store.close();
  }
}
