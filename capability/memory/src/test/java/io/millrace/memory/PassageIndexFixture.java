// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Query;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** An index of passages in a folder of its own, with the public models, and three documents to fill it with. */
abstract class PassageIndexFixture {

  static final String WRITER = "lucene-core/org/apache/lucene/index/IndexWriter";
  static final String READER = "lucene-core/org/apache/lucene/index/DirectoryReader";
  static final String EXCEL = "easyexcel-core/com/alibaba/excel/EasyExcel";

  @TempDir Path folder;
  PassageIndex index;

  @BeforeEach
  void open() {
    index = new PassageIndex(folder, embedders(), SearchSettings.DEFAULT);
  }

  @AfterEach
  void close() {
    index.close();
  }

  static Map<Language, Embedder> embedders() {
    return Map.of(Language.ENGLISH, TestModels.english(), Language.CHINESE, TestModels.chinese());
  }

  void fill() throws IOException {
    for (List<Passage> document : documents()) {
      put(document.getFirst().documentId(), document);
    }
    index.refresh();
  }

  void put(String id, List<Passage> passages) throws IOException {
    index.put(id, passages);
    index.putVectors(id, vectors(passages));
  }

  static List<List<Passage>> documents() {
    return List.of(
        List.of(
            passage(WRITER, 0, "", "An IndexWriter creates and maintains an index."),
            passage(WRITER, 1, "addDocument", "Adds a document to this index."),
            passage(WRITER, 2, "deleteDocuments", "Removes outdated records that match a term."),
            passage(WRITER, 3, "commit", "Makes all pending changes durable on disk.")),
        List.of(
            passage(READER, 0, "", "Reads an index that lies in a directory."),
            passage(READER, 1, "openIfChanged", "Opens a new reader if something was added since.")),
        List.of(
            passage(EXCEL, 0, "read", "使用 EasyExcel 的 read 方法读取 Excel 表格，逐行回调监听器。"),
            passage(EXCEL, 1, "write", "将数据写入 Excel 文件，可以指定表头。")));
  }

  static Passage passage(String document, int ordinal, String heading, String text) {
    return new Passage(
        document + "#" + ordinal,
        document,
        ordinal,
        heading,
        List.of(document.split("/")),
        heading,
        text,
        Language.of(text),
        null,
        Set.of());
  }

  static PassageVectors vectors(List<Passage> passages) {
    Embedder embedder =
        passages.getFirst().language() == Language.ENGLISH ? TestModels.english() : TestModels.chinese();
    List<float[]> vectors = embedder.embedPassages(passages.stream().map(Passage::textInContext).toList());
    List<PassageVector> hashed = new ArrayList<>();
    for (int i = 0; i < passages.size(); i++) {
      hashed.add(new PassageVector(TextHash.of(passages.get(i)), vectors.get(i)));
    }
    return new PassageVectors(passages.getFirst().documentId(), embedder.model(), hashed);
  }

  List<String> ids(String question) {
    return index.search(Query.of(question, 5, Access.EVERYTHING)).hits().stream().map(hit -> hit.passage().id()).toList();
  }
}
