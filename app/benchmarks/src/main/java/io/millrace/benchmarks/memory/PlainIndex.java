// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.core.document.Language;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.cn.smart.SmartChineseAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.store.FSDirectory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The peer: what one would write in an afternoon, Lucene with its defaults, a field of words and one of vectors. */
final class PlainIndex {
  private PlainIndex() {}

  /** Writes texts with their vectors to an empty folder, durably. */
  static void write(Path folder, Language language, List<String> texts, float[][] vectors) throws IOException {
    try (Analyzer analyzer = language == Language.CHINESE ? new SmartChineseAnalyzer() : new EnglishAnalyzer();
        FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
      for (int i = 0; i < texts.size(); i++) {
        Document document = new Document();
        document.add(new StringField("id", String.valueOf(i), Field.Store.YES));
        document.add(new TextField("text", texts.get(i), Field.Store.YES));
        document.add(new KnnFloatVectorField("vector", vectors[i], VectorSimilarityFunction.COSINE));
        writer.addDocument(document);
      }
      writer.commit();
    }
  }
}
