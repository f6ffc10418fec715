// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.spi.Catalogue.Entry;
import org.apache.lucene.analysis.core.KeywordAnalyzer;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.BinaryDocValuesField;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.BinaryDocValues;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Whole documents on disk, compressed, by identity, with their earlier versions; what is known of each without its text
 * in a column that is read quickly. Written by one thread.
 */
final class DocumentStore implements AutoCloseable {

  static final String FORMAT = "documents-3";
  private static final String ID = "id";
  private static final String JSON = "json";
  private static final String CARD = "card";
  private static final String VERSION_KEY = "version-key";
  private static final String VERSION_OF = "version-of";
  private static final String NUMBER = "number";
  private static final double WRITE_BUFFER_MB = 32;

  private final LuceneStore store;
  private final RepeatFinder repeats;

  /** Current versions written since the last refresh; an empty one for a deletion. Confined to the thread that writes. */
  private final Map<String, Optional<DocumentVersion>> unrefreshed = new HashMap<>();

  /** What is known of a document without its text. */
  record Card(Entry entry, Resident resident) {}

  DocumentStore(Path directory, LuceneStore.Files files) {
    this.store =
        new LuceneStore(
            directory,
            files,
            FORMAT,
            () ->
                new IndexWriterConfig(new KeywordAnalyzer())
                    .setCodec(new Lucene104Codec(Lucene104Codec.Mode.BEST_COMPRESSION))
                    .setRAMBufferSizeMB(WRITE_BUFFER_MB),
            new SearcherFactory());
    this.repeats = new RepeatFinder(store, DocumentStore::read);
  }

  /** Puts a document in place of its last version, and says what is known of it. */
  Card put(DocumentVersion version, Entry entry) throws IOException {
    Document document = version.document();
    RepeatFinder.Found found = repeats.take(document);
    Card card = new Card(entry, Resident.of(document, version.number(), found));
    var fields = new org.apache.lucene.document.Document();
    fields.add(new StringField(ID, document.id(), Field.Store.NO));
    fields.add(new StoredField(NUMBER, version.number()));
    fields.add(new StoredField(JSON, new BytesRef(Json.bytes(document))));
    fields.add(new BinaryDocValuesField(CARD, new BytesRef(Json.bytes(card))));
    found.addTo(fields);
    store.writer().updateDocument(new Term(ID, document.id()), fields);
    unrefreshed.put(document.id(), Optional.of(version));
    return card;
  }

  void delete(String id) throws IOException {
    store.writer().deleteDocuments(new Term(ID, id));
    unrefreshed.put(id, Optional.empty());
    repeats.drop(id);
  }

  /** Keeps an earlier version. */
  void putVersion(String key, DocumentVersion version) throws IOException {
    var fields = new org.apache.lucene.document.Document();
    fields.add(new StringField(VERSION_KEY, key, Field.Store.NO));
    fields.add(new StringField(VERSION_OF, version.document().id(), Field.Store.NO));
    fields.add(new StoredField(NUMBER, version.number()));
    fields.add(new StoredField(JSON, new BytesRef(Json.bytes(version.document()))));
    store.writer().updateDocument(new Term(VERSION_KEY, key), fields);
  }

  void deleteVersion(String key) throws IOException {
    store.writer().deleteDocuments(new Term(VERSION_KEY, key));
  }

  /** Returns the current version as of the last refresh. */
  Optional<DocumentVersion> current(String id) {
    return one(new Term(ID, id));
  }

  /** Returns the current version, also one that no refresh has shown yet; for the thread that writes. */
  Optional<DocumentVersion> latest(String id) {
    Optional<DocumentVersion> recent = unrefreshed.get(id);
    return recent != null ? recent : current(id);
  }

  /** Returns the earlier versions that are kept, latest first, as of the last refresh. */
  List<DocumentVersion> earlier(String id) {
    return store.search(
        searcher -> {
          List<DocumentVersion> versions = new ArrayList<>();
          for (int doc : LuceneStore.docs(searcher, new Term(VERSION_OF, id))) {
            versions.add(version(searcher, doc));
          }
          versions.sort(Comparator.comparingLong(DocumentVersion::number).reversed());
          return versions;
        });
  }

  /** Returns an earlier version. */
  Optional<DocumentVersion> earlierByKey(String key) {
    return one(new Term(VERSION_KEY, key));
  }

  private Optional<DocumentVersion> one(Term term) {
    return store.search(
        searcher -> {
          int[] docs = LuceneStore.docs(searcher, term);
          return docs.length == 0 ? Optional.empty() : Optional.of(version(searcher, docs[0]));
        });
  }

  private static DocumentVersion version(IndexSearcher searcher, int doc) throws IOException {
    Number number = Objects.requireNonNull(searcher.storedFields().document(doc).getField(NUMBER).numericValue());
    return new DocumentVersion(number.longValue(), read(searcher, doc));
  }

  private static Document read(IndexSearcher searcher, int doc) throws IOException {
    BytesRef json = Objects.requireNonNull(searcher.storedFields().document(doc).getBinaryValue(JSON), "no document");
    return Json.read(text(json), Document.class);
  }

  /** Hands out every document's card, in no particular order. */
  void cards(Consumer<Card> consumer) {
    store.search(
        searcher -> {
          for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            BinaryDocValues cards = DocValues.getBinary(leaf.reader(), CARD);
            Bits live = leaf.reader().getLiveDocs();
            for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
              if ((live == null || live.get(doc)) && cards.advanceExact(doc)) {
                consumer.accept(Json.read(text(cards.binaryValue()), Card.class));
              }
            }
          }
          return true;
        });
  }

  /** Returns the bytes that all documents and their versions take on disk. */
  long bytes() {
    return store.bytes();
  }

  /** Holds the last commit. */
  HeldCommit hold() throws IOException {
    return store.hold(
        searcher -> {
          long documents = searcher.count(new FieldExistsQuery(CARD));
          return Map.of("documents", documents, "versions", searcher.getIndexReader().numDocs() - documents);
        });
  }

  void refresh() throws IOException {
    store.refresh();
    unrefreshed.clear();
    repeats.refreshed();
  }

  void commit(Map<String, String> facts) throws IOException {
    store.commit(facts);
  }

  Map<String, String> committed() {
    return store.committed();
  }

  void reopen() {
    unrefreshed.clear();
    repeats.refreshed();
    store.reopen();
  }

  void clear() throws IOException {
    unrefreshed.clear();
    repeats.refreshed();
    store.clear();
  }

  @Override
  public void close() {
    store.close();
  }

  private static String text(BytesRef utf8) {
    return new String(utf8.bytes, utf8.offset, utf8.length, StandardCharsets.UTF_8);
  }
}
