// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.time.Instant;

/**
 * The latest decision about a document's place: whether it is in the memory that is searched, or in the archive beside
 * it. Documents without a decision are in memory.
 *
 * @param document whose
 * @param place where it is from now on
 * @param reason why
 * @param version of the document that was decided about; a later one comes back into memory
 * @param figures what spoke for it; all 0 where it was not weighed
 * @param at when
 */
public record Eviction(String document, Place place, Reason reason, long version, Figures figures, Instant at) {

  /** Where documents are. */
  public enum Place {
    MEMORY,
    ARCHIVE
  }

  /** Why a document moves. */
  public enum Reason {
    /** More documents than the budget allows, and others are worth more. */
    DOCUMENTS,
    /** More bytes than the budget allows, and others are worth more. */
    MEGABYTES,
    /** More bytes of embeddings and their graph than the budget allows in memory, and others are worth more. */
    VECTOR_MEGABYTES,
    /** Its time has passed. */
    EXPIRED,
    /** Back in memory: somebody had it restored. */
    RESTORED,
    /** Back in memory: somebody opened it. */
    OPENED,
    /** Back in memory: a new version of it came. */
    CHANGED
  }

  /**
   * What a document was worth, and what it took.
   *
   * @param value by which documents were compared; the least goes first
   * @param use searches, clicks and citations, decayed
   * @param ageDays since its content last changed
   * @param copies documents in memory that nearly repeat it
   * @param bytes of the index that it took, estimated
   */
  public record Figures(double value, double use, double ageDays, int copies, long bytes) {
    /** Of a document that was not weighed. */
    public static final Figures NONE = new Figures(0, 0, 0, 0, 0);
  }

  /** Returns whether the document is in the archive. */
  public boolean archived() {
    return place == Place.ARCHIVE;
  }
}
