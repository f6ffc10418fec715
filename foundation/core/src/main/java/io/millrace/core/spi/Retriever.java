// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Finds passages for a query. What the reader may not see has no part in it: hits, scores, evidence, notes and standings are
 * those of an index that holds only what the reader may see. Safe for use by several threads.
 */
public interface Retriever {

  /** Returns the best hits, best first. */
  Result search(Query query);

  /** Says where a document stands in the ranking of a query, and what keeps it from being shown. */
  Standing standing(Query query, String document);

  /** Returns the passages of a document that the reader may find now, in their order; empty when there are none. */
  List<Passage> passages(String document, Access access);

  /**
   * What is sought.
   *
   * @param text as the person put it
   * @param language whose passages are wanted; null for any
   * @param limit how many hits at most, from 1 to 1,000
   * @param documentPrefix only documents whose id starts so; empty for all
   * @param deadline dense retrieval is left out when it has passed
   * @param access what the reader may see
   * @param aim what the hits are for
   */
  record Query(
      String text,
      @Nullable Language language,
      int limit,
      String documentPrefix,
      Deadline deadline,
      Access access,
      Aim aim) {
    public Query {
      if (limit < 1 || limit > 1_000) {
        throw new IllegalArgumentException("limit " + limit + " is not from 1 to 1000");
      }
    }

    /** A query for all that is relevant. */
    public Query(
        String text,
        @Nullable Language language,
        int limit,
        String documentPrefix,
        Deadline deadline,
        Access access) {
      this(text, language, limit, documentPrefix, deadline, access, Aim.SURVEY);
    }

    /** A query for all that is relevant of what a reader may see. */
    public static Query of(String text, int limit, Access access) {
      return new Query(text, null, limit, "", Deadline.NONE, access);
    }

    /** The same for the one passage that answers. */
    public Query answering() {
      return new Query(text, language, limit, documentPrefix, deadline, access, Aim.ANSWER);
    }
  }

  /** What hits are for. */
  enum Aim {
    /** The passage that answers a question: what is merely like it is in the way. */
    ANSWER,
    /** All that is relevant to a subject. */
    SURVEY
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
   * @param repeats passages of other documents that say nearly the same and therefore take no place of their own
   */
  record Hit(Passage passage, double score, List<Evidence> evidence, List<Repeat> repeats) {
    public Hit {
      evidence = List.copyOf(evidence);
      repeats = List.copyOf(repeats);
    }

    /** A hit that nothing repeats. */
    public Hit(Passage passage, double score, List<Evidence> evidence) {
      this(passage, score, evidence, List.of());
    }

    /** The same with what repeats it. */
    public Hit repeatedBy(List<Repeat> others) {
      return new Hit(passage, score, evidence, others);
    }
  }

  /**
   * A passage that says nearly what a hit says.
   *
   * @param similarity Jaccard similarity of both texts' shingles, from 0 to 1
   */
  record Repeat(Passage passage, double similarity) {}

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

  /** Why a document is shown or not. */
  enum Cause {
    SHOWN("it is shown"),
    ABSENT("nothing of it is in the index: it was never put, was deleted, or is yet to arrive"),
    ARCHIVED("it is in the archive: it was moved out of the memory, and comes back when it is opened or restored"),
    UNTIMELY("the time in which it may be found has passed, or has not come yet"),
    REPEATS("it nearly repeats what is shown, and is named there"),
    EXCLUDED("the query is limited to other languages or documents"),
    NOT_PROPOSED("no retriever proposed it: others fit the query's words and its meaning better"),
    BEHIND_OTHERS("it would be shown if fewer documents were"),
    TOO_LOW("its score is below that of the last one shown");

    private final String reason;

    Cause(String reason) {
      this.reason = reason;
    }

    /** Returns it for the person who asks. */
    public String reason() {
      return reason;
    }
  }

  /**
   * Where a document stands.
   *
   * @param document whose place was asked for
   * @param rank of its best passage, from 1; 0 where it has none among those that may be found
   * @param best its best passage as the retrievers judge it, or would had they proposed it; null with rank 0
   */
  record Standing(String document, int rank, @Nullable Hit best, Cause cause) {}
}
