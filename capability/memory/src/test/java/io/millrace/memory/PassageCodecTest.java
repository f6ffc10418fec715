// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.settings.VectorPrecision;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.bloom.FuzzySet;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.store.ByteBuffersDataOutput;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.apache.lucene.util.BytesRef;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.zip.CRC32;

import static org.assertj.core.api.Assertions.assertThat;

class PassageCodecTest {

  private static final int PASSAGES = 300;

  @Test
  void findsEveryKeyInSegmentsWithAndWithoutFiltersAndNothingElse() throws IOException {
    Codec codec = PassageCodec.of(VectorPrecision.FLOAT);
    try (Directory directory = new ByteBuffersDirectory()) {
      write(directory, new Lucene104Codec(), 0, 3); // As an index of an older Millrace
      assertThat(filters(directory)).isZero();
      write(directory, codec, PASSAGES, 3);
      assertThat(filters(directory)).isPositive();
      check(directory, 2);
      try (IndexWriter writer = new IndexWriter(directory, config(codec))) {
        writer.forceMerge(1);
      }
      check(directory, 1);
    }
  }

  @Test
  void findsEveryKeyWherePassagesHaveManyTimesAsManyAsFiltersAreMadeForAndKeepsNoFullFilter() throws IOException {
    try (Directory usual = new ByteBuffersDirectory();
        Directory directory = new ByteBuffersDirectory()) {
      write(usual, PassageCodec.of(VectorPrecision.INT8), 0, 3);
      write(directory, PassageCodec.of(VectorPrecision.INT8), 0, 2 * PASSAGES);
      assertThat(filters(directory)).isLessThan(filters(usual));
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        TermsEnum terms = reader.leaves().getFirst().reader().terms(PassageFields.HOLDS).iterator();
        for (int i = 0; i < PASSAGES; i++) {
          for (int key = 0; key < 2 * PASSAGES; key++) {
            assertThat(terms.seekExact(key(i, key))).isTrue();
          }
        }
      }
    }
  }

  private static void write(Directory directory, Codec codec, int from, int keys) throws IOException {
    try (IndexWriter writer = new IndexWriter(directory, config(codec))) {
      for (int i = from; i < from + PASSAGES; i++) {
        Document passage = new Document();
        for (int key = 0; key < keys; key++) {
          passage.add(new StringField(PassageFields.HOLDS, key(i, key), Field.Store.NO));
        }
        passage.add(new StringField(PassageFields.OWNS, key(i, 0), Field.Store.NO));
        writer.addDocument(passage);
      }
    }
  }

  private static void check(Directory directory, int segments) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(directory)) {
      assertThat(reader.leaves()).hasSize(segments);
      for (String field : new String[] {PassageFields.HOLDS, PassageFields.OWNS}) {
        for (int i = 0; i < 3 * PASSAGES; i++) {
          int found = 0;
          for (LeafReaderContext leaf : reader.leaves()) {
            found += leaf.reader().terms(field).iterator().seekExact(key(i, 0)) ? 1 : 0;
          }
          assertThat(found).isEqualTo(i < 2 * PASSAGES ? 1 : 0);
        }
      }
    }
  }

  private static BytesRef key(int passage, int number) {
    return new BytesRef("=passage%d.key%d".formatted(passage, number));
  }

  /** Files of filters do not say by what function keys were hashed. If this fails with another Lucene, {@link PassageFields#FORMAT} has to change. */
  @Test
  void hashesKeysAsInIndexesThatExist() throws IOException {
    FuzzySet filter = FuzzySet.createOptimalSet(100, 0.05f);
    for (int i = 0; i < 100; i++) {
      filter.addValue(key(i, i));
    }
    ByteBuffersDataOutput bytes = new ByteBuffersDataOutput();
    filter.serialize(bytes);
    CRC32 sum = new CRC32();
    sum.update(bytes.toArrayCopy());
    assertThat(sum.getValue()).isEqualTo(1_080_535_153L);
  }

  /** The bytes of filters, which have files of their own. */
  private static long filters(Directory directory) throws IOException {
    long bytes = 0;
    for (String file : directory.listAll()) {
      bytes += file.endsWith(".blm") ? directory.fileLength(file) : 0;
    }
    return bytes;
  }

  private static IndexWriterConfig config(Codec codec) {
    return new IndexWriterConfig().setCodec(codec).setUseCompoundFile(false);
  }
}
