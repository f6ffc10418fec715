// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.KnnVectorsReader;
import org.apache.lucene.codecs.KnnVectorsWriter;
import org.apache.lucene.codecs.hnsw.FlatVectorsFormat;
import org.apache.lucene.codecs.hnsw.FlatVectorsReader;
import org.apache.lucene.codecs.hnsw.FlatVectorsScorer;
import org.apache.lucene.codecs.hnsw.FlatVectorsWriter;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsWriter;
import org.apache.lucene.index.ByteVectorValues;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.MergePolicy.OneMerge;
import org.apache.lucene.index.SegmentReadState;
import org.apache.lucene.index.SegmentWriteState;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.hnsw.CloseableRandomVectorScorerSupplier;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.apache.lucene.util.hnsw.RandomVectorScorerSupplier;
import org.apache.lucene.util.hnsw.UpdateableRandomVectorScorer;
import org.apache.lucene.util.quantization.BaseQuantizedByteVectorValues;
import org.apache.lucene.util.quantization.QuantizedVectorsReader;
import org.apache.lucene.util.quantization.ScalarQuantizer;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;

/**
 * One of Lucene's formats of vectors, the graphs of which stop growing as soon as the merge that they grow for is given up. Lucene itself
 * asks for that when it writes, which a graph does after it has grown: of a million passages in a quarter of an hour, for which whoever
 * closes the index would wait.
 */
final class AbortableGraphs extends KnnVectorsFormat {

  private static final int MERGE_THREADS = 1;

  private final KnnVectorsFormat like;
  private final FlatVectorsFormat flat;
  private final int connections;
  private final int beam;
  private final int scanned;

  /**
   * Makes the format.
   *
   * @param like the format as which what is written can be read
   * @param flat that format's way of writing the vectors themselves
   * @param connections neighbours that a vector keeps in the graph
   * @param beam vectors that are looked at to choose them
   * @param scanned a segment has no graph where a search for so many would visit most of it
   */
  AbortableGraphs(KnnVectorsFormat like, FlatVectorsFormat flat, int connections, int beam, int scanned) {
    super(like.getName());
    this.like = like;
    this.flat = flat;
    this.connections = connections;
    this.beam = beam;
    this.scanned = scanned;
  }

  @Override
  public KnnVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
    OneMerge merge = YieldingMerges.mergeInto(state.directory);
    FlatVectorsFormat scores = merge == null ? flat : new Merged(flat, merge);
    return new Lucene99HnswVectorsWriter(
        state, connections, beam, scores, flat.fieldsWriter(state), MERGE_THREADS, null, scanned);
  }

  @Override
  public KnnVectorsReader fieldsReader(SegmentReadState state) throws IOException {
    return like.fieldsReader(state);
  }

  @Override
  public int getMaxDimensions(String fieldName) {
    return like.getMaxDimensions(fieldName);
  }

  /** The vectors of a merge, from which its graph grows once they are written. */
  private static final class Merged extends FlatVectorsFormat {
    private final FlatVectorsFormat flat;
    private final OneMerge merge;

    Merged(FlatVectorsFormat flat, OneMerge merge) {
      super(flat.getName());
      this.flat = flat;
      this.merge = merge;
    }

    @Override
    public FlatVectorsWriter fieldsWriter(SegmentWriteState state) throws IOException {
      return flat.fieldsWriter(state);
    }

    @Override
    public FlatVectorsReader fieldsReader(SegmentReadState state) throws IOException {
      FlatVectorsReader reader = flat.fieldsReader(state);
      return reader instanceof QuantizedVectorsReader quantised
          ? new MergedQuantisedVectors(reader, quantised, merge)
          : new MergedVectors(reader, merge);
    }
  }

  private static class MergedVectors extends FlatVectorsReader {
    private final FlatVectorsReader vectors;
    private final OneMerge merge;

    MergedVectors(FlatVectorsReader vectors, OneMerge merge) {
      this.vectors = vectors;
      this.merge = merge;
    }

    @Override
    public FlatVectorsScorer getFlatVectorScorer(String field) throws IOException {
      return new MergedScores(vectors.getFlatVectorScorer(field), merge);
    }

    @Override
    public RandomVectorScorer getRandomVectorScorer(String field, float[] target) throws IOException {
      return vectors.getRandomVectorScorer(field, target);
    }

    @Override
    public RandomVectorScorer getRandomVectorScorer(String field, byte[] target) throws IOException {
      return vectors.getRandomVectorScorer(field, target);
    }

    @Override
    public void checkIntegrity() throws IOException {
      vectors.checkIntegrity();
    }

    @Override
    public @Nullable FloatVectorValues getFloatVectorValues(String field) throws IOException {
      return vectors.getFloatVectorValues(field);
    }

    @Override
    public @Nullable ByteVectorValues getByteVectorValues(String field) throws IOException {
      return vectors.getByteVectorValues(field);
    }

    @Override
    public Map<String, Long> getOffHeapByteSize(FieldInfo field) {
      return vectors.getOffHeapByteSize(field);
    }

    @Override
    public long ramBytesUsed() {
      return vectors.ramBytesUsed();
    }

    @Override
    public void close() throws IOException {
      vectors.close();
    }
  }

  private static final class MergedQuantisedVectors extends MergedVectors implements QuantizedVectorsReader {
    private final QuantizedVectorsReader quantised;
    private final OneMerge merge;

    MergedQuantisedVectors(FlatVectorsReader vectors, QuantizedVectorsReader quantised, OneMerge merge) {
      super(vectors, merge);
      this.quantised = quantised;
      this.merge = merge;
    }

    @Override
    public BaseQuantizedByteVectorValues getQuantizedVectorValues(String field) throws IOException {
      return quantised.getQuantizedVectorValues(field);
    }

    @Override
    public ScalarQuantizer getQuantizationState(String field) {
      return quantised.getQuantizationState(field);
    }

    @Override
    public @Nullable CloseableRandomVectorScorerSupplier getRandomVectorScorerSupplierForMerge(
        FieldInfo field, SegmentWriteState state) throws IOException {
      CloseableRandomVectorScorerSupplier scorers = quantised.getRandomVectorScorerSupplierForMerge(field, state);
      return scorers == null
          ? null
          : CloseableRandomVectorScorerSupplier.create(new Scorers(scorers, merge), scorers.totalVectorCount(), scorers);
    }
  }

  private record MergedScores(FlatVectorsScorer scores, OneMerge merge) implements FlatVectorsScorer {
    @Override
    public RandomVectorScorerSupplier getRandomVectorScorerSupplier(
        VectorSimilarityFunction similarity, KnnVectorValues values) throws IOException {
      return new Scorers(scores.getRandomVectorScorerSupplier(similarity, values), merge);
    }

    @Override
    public RandomVectorScorer getRandomVectorScorer(
        VectorSimilarityFunction similarity, KnnVectorValues values, float[] target) throws IOException {
      return scores.getRandomVectorScorer(similarity, values, target);
    }

    @Override
    public RandomVectorScorer getRandomVectorScorer(
        VectorSimilarityFunction similarity, KnnVectorValues values, byte[] target) throws IOException {
      return scores.getRandomVectorScorer(similarity, values, target);
    }
  }

  private record Scorers(RandomVectorScorerSupplier scorers, OneMerge merge) implements RandomVectorScorerSupplier {
    @Override
    public UpdateableRandomVectorScorer scorer() throws IOException {
      return new Scorer(scorers.scorer(), merge);
    }

    @Override
    public RandomVectorScorerSupplier copy() throws IOException {
      return new Scorers(scorers.copy(), merge);
    }
  }

  /** Compares vectors for as long as that is wanted: it is told of each vector that is about to find its place in the graph. */
  private record Scorer(UpdateableRandomVectorScorer scorer, OneMerge merge) implements UpdateableRandomVectorScorer {
    @Override
    public void setScoringOrdinal(int node) throws IOException {
      merge.checkAborted();
      scorer.setScoringOrdinal(node);
    }

    @Override
    public float score(int node) throws IOException {
      return scorer.score(node);
    }

    @Override
    public float bulkScore(int[] nodes, float[] scores, int count) throws IOException {
      return scorer.bulkScore(nodes, scores, count);
    }

    @Override
    public int maxOrd() {
      return scorer.maxOrd();
    }

    @Override
    public int ordToDoc(int ord) {
      return scorer.ordToDoc(ord);
    }

    @Override
    public Bits getAcceptOrds(Bits accepted) {
      return scorer.getAcceptOrds(accepted);
    }
  }
}
