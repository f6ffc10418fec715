// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.settings.VectorPrecision;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.util.VectorUtil;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Proposes what is nearest to a vector. A walk through the graph keeps more in sight than is wanted: how much decides what it costs and
 * how much it misses. The order in which it finds things is that of embeddings as precise as they lie in the graph; where that is
 * coarse, exact ones choose among what was in sight.
 *
 * @param inSight times as many as are wanted
 * @param exact whether exact embeddings choose
 */
record NearestPassages(int inSight, boolean exact) {

  /** Measured at a million passages and with each precision ({@code millrace bench scale}). */
  static NearestPassages of(VectorPrecision precision) {
    return switch (precision) {
      case FLOAT, INT8 -> new NearestPassages(3, false);
      case INT4 -> new NearestPassages(3, true);
      case BIT -> new NearestPassages(5, true);
    };
  }

  /**
   * Returns the documents that are nearest.
   *
   * @param most that are wanted
   * @param filter that they must pass; null for none
   */
  int[] of(IndexSearcher searcher, String field, float[] vector, int most, @Nullable Query filter) throws IOException {
    int seen = inSight * most;
    ScoreDoc[] found =
        searcher.search(new KnnFloatVectorQuery(field, vector, seen, filter), exact ? seen : most).scoreDocs;
    if (exact && found.length > most) {
      compare(found, searcher, field, vector);
      Arrays.sort(found, Comparator.comparingDouble((ScoreDoc each) -> each.score).reversed().thenComparingInt(each -> each.doc));
    }
    return Arrays.stream(found).limit(most).mapToInt(each -> each.doc).toArray();
  }

  /** Replaces scores by exact ones; embeddings are read in the order in which they lie. */
  private static void compare(ScoreDoc[] found, IndexSearcher searcher, String field, float[] vector) throws IOException {
    Arrays.sort(found, Comparator.comparingInt(each -> each.doc));
    List<LeafReaderContext> leaves = searcher.getIndexReader().leaves();
    LeafReaderContext leaf = null;
    Embeddings embeddings = null;
    for (ScoreDoc each : found) {
      if (leaf == null || embeddings == null || each.doc >= leaf.docBase + leaf.reader().maxDoc()) {
        leaf = leaves.get(ReaderUtil.subIndex(each.doc, leaves));
        embeddings = Embeddings.of(leaf.reader(), field);
      }
      float[] held = embeddings.next(each.doc - leaf.docBase);
      each.score = held == null ? Float.NEGATIVE_INFINITY : VectorUtil.dotProduct(held, vector);
    }
  }
}
