// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorerSupplier;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Matches the passages that a reader may see, in the snapshot that the parts were made of. */
final class VisibleQuery extends Query {

  private final List<VisiblePart> parts;

  /** Makes the query; the parts are those of the snapshot's segments, in their order. */
  VisibleQuery(List<VisiblePart> parts) {
    this.parts = parts;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
    return new ConstantScoreWeight(this, boost) {
      @Override
      public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) {
        FixedBitSet docs = parts.get(leaf.ord).docs();
        DocIdSetIterator visible =
            docs == null ? DocIdSetIterator.all(leaf.reader().maxDoc()) : new BitSetIterator(docs, docs.approximateCardinality());
        return ConstantScoreScorerSupplier.fromIterator(visible, score(), mode, leaf.reader().maxDoc());
      }

      /** The parts are a cache already, and the query is good for one snapshot only. */
      @Override
      public boolean isCacheable(LeafReaderContext leaf) {
        return false;
      }
    };
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return "visible";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof VisibleQuery that && parts.equals(that.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }
}
