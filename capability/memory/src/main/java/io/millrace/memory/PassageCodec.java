// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.settings.VectorPrecision;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.PostingsFormat;
import org.apache.lucene.codecs.bloom.BloomFilterFactory;
import org.apache.lucene.codecs.bloom.BloomFilteringPostingsFormat;
import org.apache.lucene.codecs.bloom.FuzzySet;
import org.apache.lucene.codecs.hnsw.FlatVectorScorerUtil;
import org.apache.lucene.codecs.hnsw.FlatVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104ScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99FlatVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;

/**
 * Lucene's codec with embeddings of a chosen precision in the graph, and a filter (Bloom, CACM 13(7), 1970) before the keys over which
 * passages meet: a walk looks hundreds of them up in every segment, and most are in one or two. Exact embeddings are written in all cases.
 */
final class PassageCodec {

  /** Neighbours that a passage keeps in the graph, and those that are looked at to choose them: Lucene's own figures. */
  private static final int CONNECTIONS = Lucene99HnswVectorsFormat.DEFAULT_MAX_CONN;

  private static final int BEAM = Lucene99HnswVectorsFormat.DEFAULT_BEAM_WIDTH;

  /**
   * Segments of which a search for so many would visit most passages have no graph: up to some 9,000, which are compared in about a
   * millisecond. Graphs of them would be built for nothing, since they are soon merged.
   */
  static final int SCANNED = 1_000;

  /** So that every segment has a graph, however small. */
  static final int NOTHING_SCANNED = 0;

  private PassageCodec() {}

  static Codec of(VectorPrecision precision) {
    return of(precision, SCANNED);
  }

  /** Returns the codec without filters, for an index in whose graph nobody walks. */
  static Codec withoutFilters(VectorPrecision precision) {
    return new Precise(vectors(precision, SCANNED));
  }

  /**
   * Returns the codec.
   *
   * @param scanned a segment has no graph where a search for so many would visit most of it
   */
  static Codec of(VectorPrecision precision, int scanned) {
    return new Precise(vectors(precision, scanned)) {
      private final PostingsFormat keys = new BloomFilteringPostingsFormat(super.getPostingsFormatForField(PassageFields.OWNS), new Filters());

      @Override
      public PostingsFormat getPostingsFormatForField(String field) {
        return field.equals(PassageFields.OWNS) || field.equals(PassageFields.HOLDS) ? keys : super.getPostingsFormatForField(field);
      }
    };
  }

  /** Lucene's own but for embeddings. */
  private static class Precise extends Lucene104Codec {
    private final KnnVectorsFormat vectors;

    Precise(KnnVectorsFormat vectors) {
      this.vectors = vectors;
    }

    @Override
    public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
      return vectors;
    }
  }

  private static KnnVectorsFormat vectors(VectorPrecision precision, int scanned) {
    return switch (precision) {
      case FLOAT ->
          abortable(
              new Lucene99HnswVectorsFormat(),
              new Lucene99FlatVectorsFormat(FlatVectorScorerUtil.getLucene99FlatVectorsScorer()),
              scanned);
      // Seven of the eight bits are used: products of signed bytes are several times as fast, and recall is the same.
      case INT8 -> quantised(ScalarEncoding.SEVEN_BIT, scanned);
      case INT4 -> quantised(ScalarEncoding.PACKED_NIBBLE, scanned);
      case BIT -> quantised(ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE, scanned);
    };
  }

  private static KnnVectorsFormat quantised(ScalarEncoding encoding, int scanned) {
    return abortable(
        new Lucene104HnswScalarQuantizedVectorsFormat(encoding, CONNECTIONS, BEAM),
        new Lucene104ScalarQuantizedVectorsFormat(encoding),
        scanned);
  }

  private static KnnVectorsFormat abortable(KnnVectorsFormat like, FlatVectorsFormat flat, int scanned) {
    return new AbortableGraphs(like, flat, CONNECTIONS, BEAM, scanned);
  }

  /** One to three bytes a key in memory; the more keys passages have, the fewer. */
  private static final class Filters extends BloomFilterFactory {

    /** Different keys a passage for which a filter of one field is made; with more of them more false positives, with fewer more memory. */
    private static final int KEYS = 4;

    private static final float FALSE_POSITIVES = 0.05f;

    /** Of the bits; where a segment has many more keys than expected, a filter lets every second through and is in the way. */
    private static final float FULL = 0.9f;

    @Override
    public FuzzySet getSetForField(SegmentWriteState state, FieldInfo info) {
      long keys = (long) KEYS * state.segmentInfo.maxDoc();
      return FuzzySet.createOptimalSet((int) Math.min(keys, Integer.MAX_VALUE / 16), FALSE_POSITIVES);
    }

    @Override
    public boolean isSaturated(FuzzySet filter, FieldInfo info) {
      return filter.getSaturation() > FULL;
    }
  }
}
