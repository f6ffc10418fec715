// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/**
 * How well candidates were ranked, each query's relevant ones against all its others. Among equal scores a relevant
 * candidate is taken to come last, so that a model that scores everything alike gains nothing.
 *
 * @param queries how many
 * @param recallAt1 share of queries whose first candidate is relevant
 * @param mrr mean of one over the rank of the first relevant candidate
 * @param ndcgAt10 discounted gain of the first ten over the best possible (Järvelin and Kekäläinen 2002), relevance
 *     being 0 or 1
 */
public record RankingScore(int queries, double recallAt1, double mrr, double ndcgAt10) {
  private static final int DEPTH = 10;

  /** Adds up queries. */
  static final class Tally {
    private int queries;
    private double recall;
    private double reciprocal;
    private double gain;

    /** Takes in a query: its candidates' scores, and which of them are relevant; at least one. */
    void add(double[] scores, boolean[] relevant) {
      int best = Integer.MAX_VALUE;
      int wanted = 0;
      double found = 0;
      for (int i = 0; i < scores.length; i++) {
        if (relevant[i]) {
          wanted++;
          int rank = rank(scores, relevant, i);
          best = Math.min(best, rank);
          found += rank <= DEPTH ? discount(rank) : 0;
        }
      }
      if (wanted == 0) {
        throw new IllegalArgumentException("query number " + queries + " has no relevant candidate");
      }
      double ideal = 0;
      for (int rank = 1; rank <= Math.min(wanted, DEPTH); rank++) {
        ideal += discount(rank);
      }
      queries++;
      recall += best == 1 ? 1 : 0;
      reciprocal += 1.0 / best;
      gain += found / ideal;
    }

    private static int rank(double[] scores, boolean[] relevant, int own) {
      int rank = 1;
      for (int i = 0; i < scores.length; i++) {
        // Written so that a score that is no number comes last and is passed by all.
        boolean after = scores[i] < scores[own] || Double.isNaN(scores[i]) && !Double.isNaN(scores[own]);
        boolean alike = scores[i] == scores[own] || Double.isNaN(scores[own]);
        boolean before = !after && (!alike || !relevant[i] || i < own);
        rank += i != own && before ? 1 : 0;
      }
      return rank;
    }

    private static double discount(int rank) {
      return Math.log(2) / Math.log(rank + 1.0);
    }

    RankingScore score() {
      return new RankingScore(queries, recall / queries, reciprocal / queries, gain / queries);
    }
  }
}
