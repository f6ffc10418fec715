// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.FloatVectorValues;
import org.apache.lucene.index.KnnVectorValues;
import org.apache.lucene.index.LeafReader;
import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** The exact embeddings of one field of a segment, read in ascending order. */
final class Embeddings {

  private final @Nullable FloatVectorValues values;
  private final KnnVectorValues.@Nullable DocIndexIterator at;

  private Embeddings(@Nullable FloatVectorValues values) {
    this.values = values;
    this.at = values == null ? null : values.iterator();
  }

  static Embeddings of(LeafReader segment, String field) throws IOException {
    return new Embeddings(segment.getFloatVectorValues(field));
  }

  /**
   * Returns the embedding of a Lucene document, which may be another one's after the next call; null when it has none.
   *
   * @param doc in the segment, greater than in the call before
   */
  float @Nullable [] next(int doc) throws IOException {
    if (values == null || at == null) {
      return null;
    }
    int found = at.docID() < doc ? at.advance(doc) : at.docID();
    return found == doc ? values.vectorValue(at.index()) : null;
  }
}
