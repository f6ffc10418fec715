// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterScorer;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TwoPhaseIterator;
import org.apache.lucene.search.Weight;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Objects;

/**
 * What one query gives a document beyond what another one gives it, and at least 0. With the other query beside it in a disjunction,
 * under the same boost, the greater of the two counts, as with {@link org.apache.lucene.search.DisjunctionMaxQuery}, but for rounding.
 * Each has a bound of its own then, so that a search can pass over what a query that matches often and scores little would find (MAXSCORE;
 * Turtle and Flood, "Query evaluation: strategies and optimizations", 1995); as parts of one maximum both would have the greater bound.
 */
final class SurplusQuery extends Query {

  private final Query query;
  private final Query beyond;

  /**
   * Makes a query.
   *
   * @param query whose documents match
   * @param beyond what is taken off its score
   */
  SurplusQuery(Query query, Query beyond) {
    this.query = query;
    this.beyond = beyond;
  }

  @Override
  public Query rewrite(IndexSearcher searcher) throws IOException {
    Query plain = query.rewrite(searcher);
    Query simple = beyond.rewrite(searcher);
    return plain.equals(query) && simple.equals(beyond) ? this : new SurplusQuery(plain, simple);
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) throws IOException {
    return mode.needsScores()
        ? new SurplusWeight(this, query.createWeight(searcher, mode, boost), beyond.createWeight(searcher, mode, boost))
        : query.createWeight(searcher, mode, boost);
  }

  /** Matches, and is counted, as the query does without anything taken off. */
  private static final class SurplusWeight extends FilterWeight {
    private final Weight taken;

    SurplusWeight(Query query, Weight weight, Weight taken) {
      super(query, weight);
      this.taken = taken;
    }

    @Override
    public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
      ScorerSupplier plain = in.scorerSupplier(leaf);
      if (plain == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new SurplusScorer(plain.get(leadCost), taken, leaf);
        }

        @Override
        public long cost() {
          return plain.cost();
        }
      };
    }

    @Override
    public Explanation explain(LeafReaderContext leaf, int doc) throws IOException {
      Explanation plain = in.explain(leaf, doc);
      if (!plain.isMatch()) {
        return plain;
      }
      Explanation less = taken.explain(leaf, doc);
      float off = less.isMatch() ? less.getValue().floatValue() : 0;
      return Explanation.match(Math.max(0, plain.getValue().floatValue() - off), "the first beyond the second, of:", plain, less);
    }

    @Override
    public boolean isCacheable(LeafReaderContext leaf) {
      return in.isCacheable(leaf) && taken.isCacheable(leaf);
    }
  }

  private static final class SurplusScorer extends FilterScorer {
    private final Weight weight;
    private final LeafReaderContext leaf;
    private @Nullable Taken taken;

    SurplusScorer(Scorer scorer, Weight taken, LeafReaderContext leaf) {
      super(scorer);
      this.weight = taken;
      this.leaf = leaf;
    }

    @Override
    public int advanceShallow(int target) throws IOException {
      return in.advanceShallow(target);
    }

    @Override
    public float getMaxScore(int upTo) throws IOException {
      return in.getMaxScore(upTo);
    }

    @Override
    public float score() throws IOException {
      Taken open = taken;
      if (open == null) {
        // Most scorers are asked for no score: to open postings for them would be in vain.
        open = new Taken(weight.scorer(leaf));
        taken = open;
      }
      return Math.max(0, in.score() - open.at(docID()));
    }
  }

  /** What is taken off, for documents in ascending order. */
  private static final class Taken {
    private final @Nullable Scorer scorer;
    private final @Nullable TwoPhaseIterator matches;
    private final DocIdSetIterator docs;
    private int last = -1;
    private float score;

    Taken(@Nullable Scorer scorer) {
      this.scorer = scorer;
      this.matches = scorer == null ? null : scorer.twoPhaseIterator();
      // To look for the next match after a document that is none would take as long as to look for all.
      this.docs = scorer == null ? DocIdSetIterator.empty() : matches == null ? scorer.iterator() : matches.approximation();
    }

    /** Whether a document matches may be asked once only. */
    float at(int doc) throws IOException {
      if (doc != last) {
        int at = docs.docID() < doc ? docs.advance(doc) : docs.docID();
        score = scorer != null && at == doc && (matches == null || matches.matches()) ? scorer.score() : 0;
        last = doc;
      }
      return score;
    }
  }

  /** What is taken off finds nothing. */
  @Override
  public void visit(QueryVisitor visitor) {
    query.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return "(" + query.toString(field) + " beyond " + beyond.toString(field) + ")";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && query.equals(((SurplusQuery) other).query) && beyond.equals(((SurplusQuery) other).beyond);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), query, beyond);
  }
}
