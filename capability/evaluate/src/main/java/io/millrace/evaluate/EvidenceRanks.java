// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainQuestion;

import java.util.List;

/**
 * At which ranks questions found a passage that answers them.
 *
 * @param ranks one a question, from 1; 0 where none was found
 */
public record EvidenceRanks(List<Integer> ranks) {

  public EvidenceRanks {
    ranks = List.copyOf(ranks);
    for (int rank : ranks) {
      if (rank < 0) {
        throw new IllegalArgumentException("rank " + rank + " is negative: ranks begin with 1, and 0 is for none");
      }
    }
  }

  /** Returns the rank of the first passage that answers a question, from 1; 0 when none does. */
  public static int of(DomainQuestion question, List<Passage> ranking) {
    for (int i = 0; i < ranking.size(); i++) {
      if (question.answeredBy(ranking.get(i))) {
        return i + 1;
      }
    }
    return 0;
  }

  /** Returns the share of the questions that found one among the first {@code depth}; 0 of no questions. */
  public double within(int depth) {
    return ranks.stream().mapToDouble(rank -> rank > 0 && rank <= depth ? 1 : 0).average().orElse(0);
  }

  /** Returns the mean of one over the rank, 0 where it is beyond {@code depth} (Voorhees, TREC-8, 1999). */
  public double meanReciprocal(int depth) {
    return ranks.stream().mapToDouble(rank -> rank > 0 && rank <= depth ? 1.0 / rank : 0).average().orElse(0);
  }
}
