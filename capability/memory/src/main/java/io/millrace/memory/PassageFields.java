// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.json.Json;
import io.millrace.memory.graph.PassageKeys;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.CachingTokenFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.LongPoint;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.SortedSetDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.ConjunctionUtils;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How passages lie in Lucene: one Lucene document a passage. The first passage of each document also carries the
 * document's own embedding. Embeddings whose passage has not arrived yet wait in a Lucene document of their own; all of
 * an archived document lies in one Lucene document, which is kept and not searched.
 */
final class PassageFields {

  /** Changes whenever what is stored, or how text is analysed, changes; older indexes are then built anew. */
  static final String FORMAT = "passages-5";

  static final String DOCUMENT = "document";
  static final String ID = "id";
  static final String LANGUAGE = "language";
  static final String FIRST = "first";
  static final String FIRST_OF = "first-of";
  static final String LABEL = "label";
  static final String TIE = "tie";
  static final String DOCUMENT_NAME = "document-name";
  static final String SECTION_NAME = "section-name";
  static final String JSON = "json";
  static final String WAITING = "waiting";
  static final String ARCHIVED = "archived";
  static final String VALID_FROM = "valid-from";
  static final String VALID_UNTIL = "valid-until";

  /** Keys of the graph that a passage holds: to find who holds one. */
  static final String HOLDS = "graph-holds";

  /** Those by which a walk leaves it: to find what one holds. */
  static final String LEAVING = "graph-leaving";

  /** Those that it owns, both ways. */
  static final String OWNS = "graph-owns";

  private static final int HASH_BYTES = 16;

  /** Up to the first mark that ends a clause, or what is about as long as a title. */
  private static final Pattern OPENING = Pattern.compile("\\s*([^，。；：？！（(,;:?!\\n]{1,80})");

  /** How texts are indexed. */
  static final FieldType TEXT = TextField.TYPE_NOT_STORED;

  private PassageFields() {}

  /** Texts of a passage; each is analysed twice, as Latin and as Han. */
  enum Text {
    BODY,
    HEADING,
    PATH;

    String latin() {
      return name().toLowerCase(Locale.ROOT) + ".latin";
    }

    String han() {
      return name().toLowerCase(Locale.ROOT) + ".han";
    }

    /** Returns the names of all fields of text. */
    static List<String> fields() {
      return FIELDS;
    }

    /** Returns the column with the number of words that a passage has in a field of text. */
    static String length(String field) {
      return field + ".length";
    }

    private static final List<String> FIELDS =
        Arrays.stream(values()).flatMap(text -> Stream.of(text.latin(), text.han())).toList();
  }

  static String vector(Language language) {
    return "vector." + language.code();
  }

  static String documentVector(Language language) {
    return "document-vector." + language.code();
  }

  /** Where the words of a field of text come from: from an analyzer, or from where they were kept. */
  @FunctionalInterface
  interface Words {
    TokenStream of(String field, String text) throws IOException;
  }

  /** Returns the Lucene document of a passage. */
  static Document of(
      Passage passage, Analyzer analyzer, float @Nullable [] vector, float @Nullable [] documentVector) {
    return of(passage, analyzer::tokenStream, vector, documentVector);
  }

  /** Returns the Lucene document of a passage whose words are at hand. */
  static Document of(
      Passage passage, Words words, float @Nullable [] vector, float @Nullable [] documentVector) {
    Document fields = new Document();
    fields.add(new StringField(DOCUMENT, passage.documentId(), Field.Store.YES));
    fields.add(new SortedDocValuesField(DOCUMENT, new BytesRef(passage.documentId())));
    fields.add(new StringField(ID, passage.id(), Field.Store.NO));
    fields.add(new NumericDocValuesField(TIE, tie(passage)));
    fields.add(new StringField(LANGUAGE, passage.language().code(), Field.Store.NO));
    if (passage.ordinal() == 0) {
      fields.add(new StringField(FIRST, "1", Field.Store.NO));
      fields.add(new StringField(FIRST_OF, passage.documentId(), Field.Store.NO));
    }
    fields.add(new StoredField(JSON, new BytesRef(Json.bytes(passage))));
    addValidity(fields, passage.validity());
    passage.labels().forEach(label -> fields.add(new StringField(LABEL, label, Field.Store.NO)));
    texts(passage).forEach((field, text) -> addWords(fields, field, text, words));
    Names.ofDocument(passage).forEach(name -> fields.add(new StringField(DOCUMENT_NAME, name, Field.Store.NO)));
    Names.ofSection(passage).forEach(name -> fields.add(new StringField(SECTION_NAME, name, Field.Store.NO)));
    addKeys(fields, PassageKeys.of(passage));
    if (vector != null) {
      fields.add(
          new KnnFloatVectorField(
              vector(passage.language()), vector, VectorSimilarityFunction.DOT_PRODUCT));
    }
    if (documentVector != null) {
      fields.add(
          new KnnFloatVectorField(
              documentVector(passage.language()), documentVector, VectorSimilarityFunction.DOT_PRODUCT));
    }
    return fields;
  }

  private static void addKeys(Document fields, PassageKeys keys) {
    keys.holds().forEach(key -> fields.add(new StringField(HOLDS, key, Field.Store.NO)));
    keys.leaving().forEach(key -> fields.add(new SortedSetDocValuesField(LEAVING, new BytesRef(key))));
    for (String key : keys.owns()) {
      fields.add(new StringField(OWNS, key, Field.Store.NO));
      fields.add(new SortedSetDocValuesField(OWNS, new BytesRef(key)));
    }
  }

  /** Returns those of some passages of a segment that are the first of their document. */
  static DocIdSetIterator firsts(LeafReader leaf, DocIdSetIterator some) throws IOException {
    PostingsEnum first = leaf.postings(new Term(FIRST, "1"), PostingsEnum.NONE);
    return first == null ? DocIdSetIterator.empty() : ConjunctionUtils.intersectIterators(List.of(some, first));
  }

  /** A number by which passages of equal scores are told apart: made of the identity alone, and favouring nobody's. */
  private static long tie(Passage passage) {
    byte[] id = passage.id().getBytes(StandardCharsets.UTF_8);
    return (long) StringHelper.murmurhash3_x86_32(id, 0, id.length, 1) << Integer.SIZE
        | StringHelper.murmurhash3_x86_32(id, 0, id.length, 2) & 0xFFFF_FFFFL;
  }

  /** Returns that number of a passage. */
  static long tieOf(NumericDocValues ties, int doc) throws IOException {
    return ties.advanceExact(doc) ? ties.longValue() : 0;
  }

  private static void addValidity(Document fields, @Nullable Validity validity) {
    if (validity != null && validity.from() != null) {
      fields.add(new LongPoint(VALID_FROM, validity.from().toEpochMilli()));
      fields.add(new NumericDocValuesField(VALID_FROM, validity.from().toEpochMilli()));
    }
    if (validity != null && validity.until() != null) {
      fields.add(new LongPoint(VALID_UNTIL, validity.until().toEpochMilli()));
      fields.add(new NumericDocValuesField(VALID_UNTIL, validity.until().toEpochMilli()));
    }
  }

  /** Where a text has neither heading nor title, what it opens with stands for them: it mostly names its subject. */
  private static String headingOf(Passage passage) {
    if (!passage.heading().isBlank() || !passage.path().isEmpty()) {
      return passage.heading();
    }
    Matcher opening = OPENING.matcher(passage.text());
    return opening.lookingAt() ? opening.group(1) : "";
  }

  /** Returns the texts of a passage by field; those without Han characters are not analysed as Han. */
  static Map<String, String> texts(Passage passage) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Text field : Text.values()) {
      String text =
          switch (field) {
            case BODY -> passage.text();
            case HEADING -> headingOf(passage);
            case PATH -> String.join("\n", passage.path());
          };
      texts.put(field.latin(), text);
      if (HanAnalyzer.holdsHan(text)) {
        texts.put(field.han(), text);
      }
    }
    return texts;
  }

  /**
   * Adds a text with the number of its words. Lucene knows exact lengths of a whole segment only, and norms are rounded;
   * the words that were counted are kept, so that nothing is analysed twice.
   */
  private static void addWords(Document fields, String field, String text, Words source) {
    try (TokenStream analysed = source.of(field, text)) {
      CachingTokenFilter words = new CachingTokenFilter(analysed);
      words.reset();
      long length = 0;
      while (words.incrementToken()) {
        length++;
      }
      words.end();
      if (length > 0) {
        fields.add(new TextField(field, words));
        fields.add(new NumericDocValuesField(Text.length(field), length));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading from a string cannot fail", e);
    }
  }

  static Passage passage(Document stored) {
    BytesRef json = Objects.requireNonNull(stored.getBinaryValue(JSON), "passage without content");
    return Json.read(new String(json.bytes, json.offset, json.length, StandardCharsets.UTF_8), Passage.class);
  }

  /** Returns the Lucene document that holds what is not searched of a document in the archive. */
  static Document archived(String documentId, List<Passage> passages, Map<String, float[]> vectors) {
    Document fields = waiting(documentId, vectors);
    fields.add(new StringField(ARCHIVED, "1", Field.Store.NO));
    fields.add(new StoredField(ARCHIVED, new BytesRef(Json.bytes(passages))));
    return fields;
  }

  static List<Passage> archived(BytesRef stored) {
    return List.of(
        Json.read(new String(stored.bytes, stored.offset, stored.length, StandardCharsets.UTF_8), Passage[].class));
  }

  /** Returns the Lucene document in which embeddings wait for the passages that they were made from. */
  static Document waiting(String documentId, Map<String, float[]> byHash) {
    int size = byHash.values().stream().mapToInt(v -> HASH_BYTES + Integer.BYTES + v.length * Float.BYTES).sum();
    ByteBuffer bytes = ByteBuffer.allocate(size);
    byHash.forEach(
        (hash, vector) -> {
          bytes.put(hash.getBytes(StandardCharsets.US_ASCII)).putInt(vector.length);
          for (float x : vector) {
            bytes.putFloat(x);
          }
        });
    Document fields = new Document();
    fields.add(new StringField(DOCUMENT, documentId, Field.Store.NO));
    fields.add(new SortedDocValuesField(DOCUMENT, new BytesRef(documentId)));
    fields.add(new StoredField(WAITING, new BytesRef(bytes.array())));
    return fields;
  }

  static Map<String, float[]> waiting(BytesRef stored) {
    ByteBuffer bytes = ByteBuffer.wrap(stored.bytes, stored.offset, stored.length);
    Map<String, float[]> byHash = new HashMap<>();
    while (bytes.hasRemaining()) {
      byte[] hash = new byte[HASH_BYTES];
      bytes.get(hash);
      float[] vector = new float[bytes.getInt()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = bytes.getFloat();
      }
      byHash.put(new String(hash, StandardCharsets.US_ASCII), vector);
    }
    return byHash;
  }

  /** Returns a copy of the vector that a Lucene document has in a field; null when it has none. */
  static float @Nullable [] vectorOf(LeafReader leaf, String field, int doc) throws IOException {
    float[] vector = Embeddings.of(leaf, field).next(doc);
    return vector == null ? null : vector.clone();
  }

  /** Returns a copy of the vector that a Lucene document of a whole index has in a field; null when it has none. */
  static float @Nullable [] vectorOf(IndexSearcher searcher, int doc, String field) throws IOException {
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    return vectorOf(leaf.reader(), field, doc - leaf.docBase);
  }

  /** Returns the document that a passage belongs to. */
  static String documentOf(LeafReader leaf, int doc) throws IOException {
    SortedDocValues documents = DocValues.getSorted(leaf, DOCUMENT);
    if (!documents.advanceExact(doc)) {
      throw new IllegalStateException("passage " + doc + " of " + leaf + " belongs to no document");
    }
    return documents.lookupOrd(documents.ordValue()).utf8ToString();
  }
}
