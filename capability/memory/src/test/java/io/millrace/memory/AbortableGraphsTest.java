// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.settings.VectorPrecision;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.index.TieredMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.InfoStream;
import org.apache.lucene.util.hnsw.HnswGraphBuilder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

class AbortableGraphsTest {

  private static final int SEGMENTS = 6;
  private static final int OF_A_SEGMENT = 6_000;
  private static final int DIMENSION = 256;

  /** The graph of these segments takes many times as long. */
  private static final Duration SOON = Duration.ofSeconds(3);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(VectorPrecision.class)
  void closingDoesNotWaitForAGraphThatGrows(VectorPrecision precision) throws Exception {
    try (Directory directory = FSDirectory.open(folder)) {
      fill(directory, precision);
      GraphsBegun graphs = new GraphsBegun();
      IndexWriter writer = new IndexWriter(directory, config(precision).setInfoStream(graphs));
      writer.forceMerge(1, false);
      assertThat(graphs.begun.await(1, TimeUnit.MINUTES)).isTrue();
      assertThat(writer.getMergingSegments()).as("segments that are being merged").hasSize(SEGMENTS);

      long start = System.nanoTime();
      writer.rollback();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(SOON);
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        assertThat(reader.leaves()).hasSize(SEGMENTS);
        assertThat(reader.numDocs()).isEqualTo(SEGMENTS * OF_A_SEGMENT);
      }
    }
  }

  private static void fill(Directory directory, VectorPrecision precision) throws IOException {
    Random random = new Random(7);
    try (IndexWriter writer = new IndexWriter(directory, config(precision).setMergePolicy(NoMergePolicy.INSTANCE))) {
      for (int i = 0; i < SEGMENTS * OF_A_SEGMENT; i++) {
        float[] vector = new float[DIMENSION];
        for (int j = 0; j < DIMENSION; j++) {
          vector[j] = (float) random.nextGaussian();
        }
        Document document = new Document();
        document.add(new KnnFloatVectorField("vector", Vectors.toUnitLength(vector)));
        writer.addDocument(document);
        if (i % OF_A_SEGMENT == OF_A_SEGMENT - 1) {
          writer.flush();
        }
      }
    }
  }

  private static IndexWriterConfig config(VectorPrecision precision) {
    return new IndexWriterConfig().setCodec(PassageCodec.of(precision)).setRAMBufferSizeMB(256)
        .setMergeScheduler(new YieldingMerges()).setMergePolicy(new TieredMergePolicy());
  }

  /** Lucene says so when a graph begins to grow. */
  private static final class GraphsBegun extends InfoStream {
    final CountDownLatch begun = new CountDownLatch(1);

    @Override
    public boolean isEnabled(String component) {
      return component.equals(HnswGraphBuilder.HNSW_COMPONENT);
    }

    @Override
    public void message(String component, String message) {
      begun.countDown();
    }

    @Override
    public void close() {}
  }
}
