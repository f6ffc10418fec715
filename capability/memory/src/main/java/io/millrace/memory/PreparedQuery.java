// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;

import java.io.IOException;

/**
 * A query whose terms are looked up once in every segment of a snapshot, for it to be run several times there: a question's words are
 * sought first, and then judge what others propose. Looking a term up takes as long in a segment of ten passages as in a large one, and
 * while documents come in there are many of those.
 */
final class PreparedQuery extends Query {

  private final Query query;
  private final IndexSearcher searcher;
  private final Weight weight;

  private PreparedQuery(Query query, IndexSearcher searcher) throws IOException {
    this.query = searcher.rewrite(query);
    this.searcher = searcher;
    // Such a weight scores whatever it is asked for as any other does; it can be told besides to leave out what scores little.
    this.weight = this.query.createWeight(searcher, ScoreMode.TOP_SCORES, 1);
  }

  /**
   * Looks up the terms of a query's clauses. They remain clauses, since Lucene treats a disjunction of its own better than one that it
   * cannot look into.
   */
  static Query of(Query query, IndexSearcher searcher) throws IOException {
    if (!(query instanceof BooleanQuery all)) {
      return new PreparedQuery(query, searcher);
    }
    BooleanQuery.Builder prepared = new BooleanQuery.Builder().setMinimumNumberShouldMatch(all.getMinimumNumberShouldMatch());
    for (BooleanClause clause : all) {
      prepared.add(new PreparedQuery(clause.query(), searcher), clause.occur());
    }
    return prepared.build();
  }

  @Override
  public Weight createWeight(IndexSearcher other, ScoreMode mode, float boost) throws IOException {
    boolean same = other.equals(searcher) && mode.needsScores() && boost == 1;
    return same ? weight : query.createWeight(other, mode, boost);
  }

  @Override
  public void visit(QueryVisitor visitor) {
    query.visit(visitor);
  }

  @Override
  public String toString(String field) {
    return query.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other) && query.equals(((PreparedQuery) other).query) && searcher.equals(((PreparedQuery) other).searcher);
  }

  @Override
  public int hashCode() {
    return 31 * classHash() + query.hashCode();
  }
}
