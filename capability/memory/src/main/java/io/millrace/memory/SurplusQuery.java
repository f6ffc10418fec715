// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
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
 * What one query gives a document beyond what another one gives it, and at least 0. With the other query beside it in a disjunction, the
 * greater of the two counts, as with {@link org.apache.lucene.search.DisjunctionMaxQuery}; but each has a bound of its own, so that a
 * search can pass over what a query that matches often and scores little would find (MAXSCORE; Turtle and Flood, "Query evaluation:
 * strategies and optimizations", 1995). Within a maximum it has the bound of the other.
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
        ? new Both(query.createWeight(searcher, mode, boost), beyond.createWeight(searcher, mode, boost))
        : query.createWeight(searcher, mode, boost);
  }

  private final class Both extends Weight {
    private final Weight weight;
    private final Weight less;

    Both(Weight weight, Weight less) {
      super(SurplusQuery.this);
      this.weight = weight;
      this.less = less;
    }

    @Override
    public @Nullable ScorerSupplier scorerSupplier(LeafReaderContext leaf) throws IOException {
      ScorerSupplier plain = weight.scorerSupplier(leaf);
      if (plain == null) {
        return null;
      }
      return new ScorerSupplier() {
        @Override
        public Scorer get(long leadCost) throws IOException {
          return new Surplus(plain.get(leadCost), less.scorer(leaf));
        }

        @Override
        public long cost() {
          return plain.cost();
        }
      };
    }

    @Override
    public Explanation explain(LeafReaderContext leaf, int doc) throws IOException {
      Explanation plain = weight.explain(leaf, doc);
      if (!plain.isMatch()) {
        return plain;
      }
      Explanation taken = less.explain(leaf, doc);
      float off = taken.isMatch() ? taken.getValue().floatValue() : 0;
      return Explanation.match(Math.max(0, plain.getValue().floatValue() - off), "the first beyond the second, of:", plain, taken);
    }

    @Override
    public boolean isCacheable(LeafReaderContext leaf) {
      return weight.isCacheable(leaf) && less.isCacheable(leaf);
    }
  }

  private static final class Surplus extends Scorer {
    private final Scorer scorer;
    private final @Nullable Scorer less;
    private final @Nullable TwoPhaseIterator lessMatches;
    private final DocIdSetIterator lessDocs;
    private int takenAt = -1;
    private float taken;

    Surplus(Scorer scorer, @Nullable Scorer less) {
      this.scorer = scorer;
      this.less = less;
      this.lessMatches = less == null ? null : less.twoPhaseIterator();
      // To look for the next match after a document that is none would take as long as to look for all.
      this.lessDocs = less == null ? DocIdSetIterator.empty() : lessMatches == null ? less.iterator() : lessMatches.approximation();
    }

    @Override
    public int docID() {
      return scorer.docID();
    }

    @Override
    public DocIdSetIterator iterator() {
      return scorer.iterator();
    }

    @Override
    public @Nullable TwoPhaseIterator twoPhaseIterator() {
      return scorer.twoPhaseIterator();
    }

    @Override
    public int advanceShallow(int target) throws IOException {
      return scorer.advanceShallow(target);
    }

    @Override
    public float getMaxScore(int upTo) throws IOException {
      return scorer.getMaxScore(upTo);
    }

    @Override
    public float score() throws IOException {
      return Math.max(0, scorer.score() - taken(scorer.docID()));
    }

    /** Whether a document matches may be asked once only. */
    private float taken(int doc) throws IOException {
      if (doc != takenAt) {
        int at = lessDocs.docID() < doc ? lessDocs.advance(doc) : lessDocs.docID();
        boolean matches = at == doc && (lessMatches == null || lessMatches.matches());
        taken = matches && less != null ? less.score() : 0;
        takenAt = doc;
      }
      return taken;
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
