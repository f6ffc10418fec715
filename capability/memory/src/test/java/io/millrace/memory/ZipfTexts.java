// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.analysis.standard.StandardAnalyzer;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;

import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** An index of several segments, whose words are drawn by Zipf's law: "w1" most often, and "w0" as seldom as many others. */
final class ZipfTexts implements AutoCloseable {

  private static final int LAST = 400;

  final DirectoryReader reader;
  final IndexSearcher searcher;
  private final Directory directory = new ByteBuffersDirectory();

  /** How many words a document has in each of its fields. */
  @FunctionalInterface
  interface Lengths {
    Map<String, Integer> of(int document, Random random);
  }

  ZipfTexts(int seed, int documents, int ofASegment, Lengths lengths) throws IOException {
    Random random = new Random(seed);
    IndexWriterConfig config = new IndexWriterConfig(new StandardAnalyzer()).setMergePolicy(NoMergePolicy.INSTANCE);
    try (IndexWriter writer = new IndexWriter(directory, config)) {
      for (int i = 0; i < documents; i++) {
        Document document = new Document();
        new TreeMap<>(lengths.of(i, random))
            .forEach((field, length) -> document.add(new TextField(field, words(random, length), Field.Store.NO)));
        writer.addDocument(document);
        if (i % ofASegment == 0) {
          writer.flush();
        }
      }
    }
    reader = DirectoryReader.open(directory);
    searcher = new IndexSearcher(reader);
  }

  /** Returns the scores of all documents that match, as candidates get them; scorers must say the same when they are asked again. */
  TreeMap<Integer, Float> scores(Query query) throws IOException {
    TreeMap<Integer, Float> scores = new TreeMap<>();
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    for (LeafReaderContext leaf : reader.leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      for (int doc = scorer.iterator().nextDoc(); doc < leaf.reader().maxDoc(); doc = scorer.iterator().nextDoc()) {
        float score = scorer.score();
        if (doc % 3 == 0 && scorer.score() != score) {
          throw new AssertionError("document " + doc + " has another score when it is asked for again");
        }
        scores.put(leaf.docBase + doc, score);
      }
    }
    return scores;
  }

  private static String words(Random random, int count) {
    StringBuilder words = new StringBuilder();
    for (int i = 0; i < count; i++) {
      words.append('w').append((int) Math.min(LAST, 1 / random.nextDouble()) % LAST).append(' ');
    }
    return words.toString();
  }

  @Override
  public void close() throws IOException {
    reader.close();
    directory.close();
  }
}
