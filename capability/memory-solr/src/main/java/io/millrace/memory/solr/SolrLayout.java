// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Validity;
import io.millrace.core.json.Json;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.memory.CandidatePassage;
import io.millrace.memory.Dimensions;
import io.millrace.memory.DocumentContent;
import io.millrace.memory.PassageNames;
import io.millrace.memory.PassageWords;
import io.millrace.memory.TextHash;
import io.millrace.memory.WordCounts;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * How documents lie in Solr: each as one block, a record of the document with its passages below it, on one shard, so that searches see
 * all of it or nothing. Words come analysed, so Solr needs nothing of ours. Of an archived document there is only the upper record.
 */
final class SolrLayout {

  /** Changes with what is stored; another layout is another collection. */
  static final String VERSION = "solr-1";

  static final String ROOT = "_root_";
  static final String KIND = "kind";
  static final String DOCUMENT = "document";
  static final String READERS = "readers";
  static final String LANGUAGE = "language";
  static final String VALID_FROM = "valid_from";
  static final String VALID_UNTIL = "valid_until";
  static final String FIRST = "first";
  static final String EMBEDDED = "embedded";
  static final String SECTION_NAME = "section_name";
  static final String DOCUMENT_NAME = "document_name";
  static final String JSON = "json";
  static final String WORDS = "words";
  static final String EMBEDDING = "embedding";
  static final String CONTENT = "content";
  static final String WAITING = "waiting";
  static final String FACTS = "facts";

  /** Kinds of records. */
  static final String PASSAGE = "passage";

  static final String ARCHIVED = "archived";

  /** Stands among readers for everybody; no label is written so. */
  static final String EVERYBODY = "*";

  /** The record with the positions in the log that the collection stands for. */
  static final String FACTS_ID = "facts!1";

  /** The record of who writes, see {@link WriterLease}. */
  static final String LEASE_ID = "lease!1";

  static final String LEASE = "lease";

  private static final String CHILDREN = "_childDocuments_";
  private static final int HASH_BYTES = 16;

  private final Dimensions dimensions;
  private final VectorPrecision precision;

  SolrLayout(Dimensions dimensions, VectorPrecision precision) {
    this.dimensions = dimensions;
    this.precision = precision;
  }

  /** Returns the field in which a field of words lies: Solr's functions take no dots. */
  static String field(String words) {
    return words.replace('.', '_');
  }

  static String length(String words) {
    return field(words) + "_length";
  }

  static String vector(Language language) {
    return "vector_" + language.code();
  }

  static String documentVector(Language language) {
    return "document_vector_" + language.code();
  }

  /** Returns the identity of a document's upper record. What stands before the exclamation mark decides on the shard. */
  static String root(String document) {
    return route(document) + "!d";
  }

  /** Identities of documents may hold anything, exclamation marks included. */
  private static String route(String document) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(document.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** Returns Solr's schema. */
  String schema() {
    StringBuilder xml = new StringBuilder();
    xml.append(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <schema name="millrace" version="1.6">
          <uniqueKey>id</uniqueKey>
          <fieldType name="string" class="solr.StrField" docValues="false" omitNorms="true" />
          <fieldType name="stored" class="solr.StrField" indexed="false" stored="true" docValues="false" />
          <fieldType name="bytes" class="solr.BinaryField" indexed="false" stored="true" />
          <fieldType name="long" class="solr.LongPointField" docValues="false" />
          <fieldType name="version" class="solr.LongPointField" indexed="false" docValues="true" />
          <fieldType name="length" class="solr.IntPointField" indexed="false" docValues="true" stored="false" />
          <fieldType name="words" class="solr.TextField" stored="false" omitNorms="true">
            <analyzer>
              <tokenizer class="solr.WhitespaceTokenizerFactory" rule="java" maxTokenLen="1024" />
            </analyzer>
          </fieldType>
          <field name="id" type="string" indexed="true" stored="true" required="true" />
          <field name="_root_" type="string" indexed="true" stored="false" />
          <field name="_version_" type="version" indexed="false" stored="false" />
        """);
    for (String indexed : List.of(KIND, LANGUAGE, FIRST, EMBEDDED)) {
      xml.append(field(indexed, "string", "indexed=\"true\" stored=\"true\""));
    }
    xml.append(field(DOCUMENT, "string", "indexed=\"true\" stored=\"true\""));
    for (String many : List.of(READERS, SECTION_NAME, DOCUMENT_NAME)) {
      xml.append(field(many, "string", "indexed=\"true\" stored=\"false\" multiValued=\"true\""));
    }
    for (String time : List.of(VALID_FROM, VALID_UNTIL)) {
      xml.append(field(time, "long", "indexed=\"true\" stored=\"false\""));
    }
    for (String stored : List.of(JSON, WORDS, CONTENT, FACTS)) {
      xml.append(field(stored, "stored", ""));
    }
    xml.append(field(EMBEDDING, "bytes", "")).append(field(WAITING, "bytes", ""));
    for (String words : WordCounts.fields()) {
      xml.append(field(field(words), "words", "indexed=\"true\"")).append(field(length(words), "length", ""));
    }
    for (Language language : Language.values()) {
      if (dimensions.of(language) > 0) {
        xml.append(
            "  <fieldType name=\"" + vector(language) + "\" " + vectorType() + " vectorDimension=\"" + dimensions.of(language)
                + "\" similarityFunction=\"dot_product\" />\n");
        xml.append(field(vector(language), vector(language), "indexed=\"true\" stored=\"false\""));
        xml.append(field(documentVector(language), vector(language), "indexed=\"true\" stored=\"false\""));
      }
    }
    return xml.append("</schema>\n").toString();
  }

  /** Fewer bits than a float has need Solr 10. */
  private String vectorType() {
    return switch (precision) {
      case FLOAT -> "class=\"solr.DenseVectorField\"";
      case INT8 -> "class=\"solr.ScalarQuantizedDenseVectorField\" bits=\"7\"";
      case INT4 -> "class=\"solr.ScalarQuantizedDenseVectorField\" bits=\"4\" compress=\"true\"";
      case BIT -> "class=\"solr.BinaryQuantizedDenseVectorField\"";
    };
  }

  private static String field(String name, String type, String options) {
    return "  <field name=\"" + name + "\" type=\"" + type + "\" " + options + " />\n";
  }

  /** Returns the record of a document with those of its passages. */
  Map<String, Object> record(String document, DocumentContent content) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("id", root(document));
    root.put(DOCUMENT, document);
    if (content.archived()) {
      root.put(KIND, ARCHIVED);
      root.put(READERS, readers(content.passages()));
      root.put(CONTENT, Json.write(content.passages()));
      root.put(WAITING, encoded(content.vectors()));
      return root;
    }
    DocumentContent.Block block = content.block(dimensions::of);
    root.put(KIND, DOCUMENT);
    if (!block.waiting().isEmpty()) {
      root.put(WAITING, encoded(block.waiting()));
    }
    List<Map<String, Object>> children = new ArrayList<>();
    for (DocumentContent.Embedded each : block.passages()) {
      Passage passage = each.passage();
      if (passage.ordinal() == 0) {
        root.put(FIRST, "1");
        root.put(READERS, readers(List.of(passage)));
        if (each.documentVector() != null) {
          root.put(LANGUAGE, passage.language().code());
          root.put(documentVector(passage.language()), each.documentVector());
          root.put(EMBEDDING, encoded(each.documentVector()));
        }
      }
      children.add(child(route(document) + "!" + children.size(), each));
    }
    if (!children.isEmpty()) {
      root.put(CHILDREN, children);
    }
    return root;
  }

  private static Map<String, Object> child(String id, DocumentContent.Embedded each) {
    Passage passage = each.passage();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("id", id);
    fields.put(KIND, PASSAGE);
    fields.put(DOCUMENT, passage.documentId());
    fields.put(READERS, readers(List.of(passage)));
    fields.put(LANGUAGE, passage.language().code());
    Validity validity = passage.validity();
    if (validity != null && validity.from() != null) {
      fields.put(VALID_FROM, validity.from().toEpochMilli());
    }
    if (validity != null && validity.until() != null) {
      fields.put(VALID_UNTIL, validity.until().toEpochMilli());
    }
    PassageWords words = PassageWords.of(passage);
    for (String field : words.fields().keySet()) {
      fields.put(field(field), words.spaced(field));
      fields.put(length(field), words.length(field));
    }
    fields.put(SECTION_NAME, PassageNames.ofSection(passage));
    fields.put(DOCUMENT_NAME, PassageNames.ofDocument(passage));
    fields.put(JSON, Json.write(passage));
    fields.put(WORDS, words.written());
    float[] vector = each.vector();
    if (vector != null) {
      fields.put(EMBEDDED, "1");
      fields.put(vector(passage.language()), vector);
      fields.put(EMBEDDING, encoded(vector));
    }
    return fields;
  }

  private static Set<String> readers(List<Passage> passages) {
    Set<String> readers = new TreeSet<>();
    for (Passage passage : passages) {
      readers.addAll(passage.labels().isEmpty() ? Set.of(EVERYBODY) : passage.labels());
    }
    return readers;
  }

  /** Returns a passage as it was found. */
  static CandidatePassage candidate(JsonNode found) {
    return new CandidatePassage(
        Json.read(found.path(JSON).asString(), Passage.class), PassageWords.read(found.path(WORDS).asString()), vector(found));
  }

  /** Returns the exact embedding of a record; null where it has none. */
  static float @Nullable [] vector(JsonNode found) {
    String encoded = SolrNodes.text(found, EMBEDDING);
    if (encoded == null) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
    float[] vector = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(vector);
    return vector;
  }

  /** Returns what there is of a document. */
  static DocumentContent content(List<JsonNode> records) {
    List<Passage> passages = new ArrayList<>();
    Map<String, float[]> vectors = new HashMap<>();
    boolean archived = false;
    for (JsonNode record : records) {
      String waiting = SolrNodes.text(record, WAITING);
      if (waiting != null) {
        vectors.putAll(decoded(waiting));
      }
      String content = SolrNodes.text(record, CONTENT);
      if (content != null) {
        archived = true;
        passages.addAll(List.of(Json.read(content, Passage[].class)));
      }
      if (PASSAGE.equals(SolrNodes.text(record, KIND))) {
        Passage passage = Json.read(record.path(JSON).asString(), Passage.class);
        passages.add(passage);
        float[] vector = vector(record);
        if (vector != null) {
          vectors.put(TextHash.of(passage), vector);
        }
      }
    }
    passages.sort(Comparator.comparingInt(Passage::ordinal));
    return new DocumentContent(passages, vectors, archived);
  }

  private static String encoded(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private static String encoded(Map<String, float[]> byHash) {
    int size = byHash.entrySet().stream().mapToInt(e -> 2 * Integer.BYTES + e.getKey().length() + e.getValue().length * Float.BYTES).sum();
    ByteBuffer bytes = ByteBuffer.allocate(size);
    byHash.forEach(
        (hash, vector) -> {
          bytes.putInt(hash.length()).put(hash.getBytes(StandardCharsets.US_ASCII)).putInt(vector.length);
          for (float x : vector) {
            bytes.putFloat(x);
          }
        });
    return Base64.getEncoder().encodeToString(bytes.array());
  }

  private static Map<String, float[]> decoded(String encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(encoded));
    Map<String, float[]> byHash = new HashMap<>();
    while (bytes.hasRemaining()) {
      byte[] hash = new byte[bytes.getInt()];
      bytes.get(hash);
      float[] vector = new float[bytes.getInt()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = bytes.getFloat();
      }
      byHash.put(new String(hash, StandardCharsets.US_ASCII), vector);
    }
    return byHash;
  }
}
