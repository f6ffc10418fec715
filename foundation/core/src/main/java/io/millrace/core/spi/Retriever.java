// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Finds passages for a query. Safe for use by several threads. */
public interface Retriever {

  /** Returns the best hits, best first. */
  Result search(Query query);

  /**
   * What is sought.
   *
   * @param text as the person put it
   * @param language whose passages are wanted; null for any
   * @param limit how many hits at most, from 1 to 1,000
   * @param documentPrefix only documents whose id starts so; empty for all
   * @param deadline dense retrieval is left out when it has passed
   */
  record Query(String text, @Nullable Language language, int limit, String documentPrefix, Deadline deadline) {
    public Query {
      if (limit < 1 || limit > 1_000) {
        throw new IllegalArgumentException("limit " + limit + " is not from 1 to 1000");
      }
    }

    /** A query without restrictions. */
    public static Query of(String text, int limit) {
      return new Query(text, null, limit, "", Deadline.NONE);
    }
  }

  /**
   * What was found.
   *
   * @param hits best first
   * @param notes what was left out and why, for the person who asks; usually empty
   */
  record Result(List<Hit> hits, List<String> notes) {
    public Result {
      hits = List.copyOf(hits);
      notes = List.copyOf(notes);
    }
  }

  /**
   * A passage that was found.
   *
   * @param score fused score; comparable within one result only
   * @param evidence which retriever contributed what
   */
  record Hit(Passage passage, double score, List<Evidence> evidence) {
    public Hit {
      evidence = List.copyOf(evidence);
    }
  }

  /**
   * One retriever's view of a hit.
   *
   * @param retriever for example {@code bm25} or {@code dense}
   * @param rank from 1
   * @param raw the retriever's own score
   * @param normalised from 0 to 1 within the result
   * @param weight its share in the fused score
   */
  record Evidence(String retriever, int rank, double raw, double normalised, double weight) {}
}
