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
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Whole documents on disk, compressed, by identity; their catalogue entries in a column that is read quickly. */
final class DocumentStore implements AutoCloseable {

  private static final String FORMAT = "documents-1";
  private static final String ID = "id";
  private static final String JSON = "json";
  private static final String ENTRY = "entry";
  private static final double WRITE_BUFFER_MB = 32;

  private final LuceneStore store;

  DocumentStore(Path directory) {
    this.store =
        new LuceneStore(
            directory,
            FORMAT,
            () ->
                new IndexWriterConfig(new KeywordAnalyzer())
                    .setCodec(new Lucene104Codec(Lucene104Codec.Mode.BEST_COMPRESSION))
                    .setRAMBufferSizeMB(WRITE_BUFFER_MB),
            new SearcherFactory());
  }

  void put(Document document, Entry entry) throws IOException {
    var fields = new org.apache.lucene.document.Document();
    fields.add(new StringField(ID, document.id(), Field.Store.NO));
    fields.add(new StoredField(JSON, new BytesRef(Json.bytes(document))));
    fields.add(new BinaryDocValuesField(ENTRY, new BytesRef(Json.bytes(entry))));
    store.writer().updateDocument(new Term(ID, document.id()), fields);
  }

  void delete(String id) throws IOException {
    store.writer().deleteDocuments(new Term(ID, id));
  }

  Optional<Document> document(String id) {
    return store.search(
        searcher -> {
          int[] docs = LuceneStore.docs(searcher, new Term(ID, id));
          if (docs.length == 0) {
            return Optional.empty();
          }
          BytesRef json = searcher.storedFields().document(docs[0]).getBinaryValue(JSON);
          return Optional.of(Json.read(text(json), Document.class));
        });
  }

  /** Hands out every document's entry, in no particular order. */
  void entries(Consumer<Entry> consumer) {
    store.search(
        searcher -> {
          for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
            BinaryDocValues entries = DocValues.getBinary(leaf.reader(), ENTRY);
            Bits live = leaf.reader().getLiveDocs();
            for (int doc = 0; doc < leaf.reader().maxDoc(); doc++) {
              if ((live == null || live.get(doc)) && entries.advanceExact(doc)) {
                consumer.accept(Json.read(text(entries.binaryValue()), Entry.class));
              }
            }
          }
          return true;
        });
  }

  void refresh() throws IOException {
    store.refresh();
  }

  void commit(Map<String, String> facts) throws IOException {
    store.commit(facts);
  }

  Map<String, String> committed() {
    return store.committed();
  }

  void reopen() {
    store.reopen();
  }

  void clear() throws IOException {
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
