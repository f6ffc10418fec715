// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.time.Deadline;
import io.millrace.memory.SoughtWords.FieldWord;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Passages on other machines, which propose and count; what they propose is judged here, by {@link ProposedSearch}. Whatever part of them did
 * not answer is told, for the person who asks. Safe for use by several threads.
 */
public interface PassageShards {

  /**
   * Counts words over the passages that a reader may see, whatever their language, time and document.
   *
   * @param words to count
   * @param notes gets told what is missing
   * @throws MemoryUnavailable when nobody answered
   */
  WordCounts counts(Access access, Set<FieldWord> words, Deadline deadline, Consumer<String> notes);

  /**
   * Returns the passages that each of the ways proposes, at least as many as asked for, and each within what the query allows.
   *
   * @param notes gets told what is missing
   * @throws MemoryUnavailable when nobody answered
   */
  Collection<CandidatePassage> propose(Proposal proposal, Consumer<String> notes);

  /**
   * Returns all of a document that a reader may see, whatever else a query would leave out.
   *
   * @param notes gets told what is missing
   * @throws MemoryUnavailable when nobody answered
   */
  DocumentPassages document(String document, Access access, Deadline deadline, Consumer<String> notes);

  /**
   * What is proposed for.
   *
   * @param query with the filters
   * @param now the moment at which passages must be valid
   * @param words sought; those in fields that hold nothing are left out
   * @param counts that words are weighed by
   * @param ranking with BM25's numbers
   * @param names sought, see {@link #sectionShare}
   * @param language whose embeddings are compared
   * @param vector the question's embedding; null to go without
   * @param depth how many passages each way proposes
   */
  record Proposal(
      Query query,
      Instant now,
      SoughtWords words,
      WordCounts counts,
      Ranking ranking,
      Set<String> names,
      Language language,
      float @Nullable [] vector,
      int depth) {

    /** Returns how much of a passage's name its section's is; the rest is its document's. */
    public double sectionShare() {
      return PassageSearch.SECTION_SHARE;
    }
  }

  /**
   * What there is of a document.
   *
   * @param searched passages in memory
   * @param archived passages in the archive
   */
  record DocumentPassages(List<CandidatePassage> searched, List<Passage> archived) {}
}
