// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.SearcherFactory;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

import static org.assertj.core.api.Assertions.assertThat;

class SmallestFirstTest {

  private static final int REFRESHES = 60;
  private static final int EACH = 10;
  private static final int LARGE = 1_500;

  @Test
  void refreshesLeaveFewSegmentsHoweverManyThereWere() throws IOException {
    filling(
        0,
        segments -> assertThat(segments).as("passages of each segment").hasSizeLessThanOrEqualTo(3));
  }

  @Test
  void whatIsLargeIsNotWrittenAgainForAFewPassages() throws IOException {
    filling(
        LARGE,
        segments -> assertThat(segments).as("passages of each segment").contains(LARGE).hasSizeLessThanOrEqualTo(4));
  }

  /** Adds a few passages between refreshes and looks at what each leaves. */
  private static void filling(int before, Consumer<List<Integer>> check) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig().setMergePolicy(new SmallestFirst()).setMergeScheduler(new YieldingMerges());
    try (Directory directory = new ByteBuffersDirectory();
        IndexWriter writer = new IndexWriter(directory, config);
        SearcherManager searchers = new SearcherManager(writer, new SearcherFactory())) {
      add(writer, before);
      for (int refresh = 1; refresh <= REFRESHES; refresh++) {
        add(writer, refresh == 1 && before > 0 ? 0 : EACH);
        searchers.maybeRefreshBlocking();
        IndexSearcher searcher = searchers.acquire();
        try {
          IndexReader reader = searcher.getIndexReader();
          check.accept(reader.leaves().stream().map(leaf -> leaf.reader().maxDoc()).toList());
          assertThat(reader.numDocs()).isEqualTo(before + EACH * (before > 0 ? refresh - 1 : refresh));
        } finally {
          searchers.release(searcher);
        }
      }
    }
  }

  private static void add(IndexWriter writer, int passages) throws IOException {
    for (int i = 0; i < passages; i++) {
      Document document = new Document();
      document.add(new StringField("id", "p" + i, Field.Store.YES));
      writer.addDocument(document);
    }
  }
}
