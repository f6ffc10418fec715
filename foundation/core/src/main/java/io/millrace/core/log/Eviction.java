// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

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
 * @param repeats what stands for it in memory while it is in the archive for {@link Reason#REPEATS}; null otherwise
 */
public record Eviction(
    String document,
    Place place,
    Reason reason,
    long version,
    Figures figures,
    Instant at,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Repeated repeats) {

  /** A decision about a document that repeats none. */
  public Eviction(String document, Place place, Reason reason, long version, Figures figures, Instant at) {
    this(document, place, reason, version, figures, at, null);
  }

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
    /** It nearly repeats a document that stays in memory and stands for it. */
    REPEATS,
    /** Its time has passed. */
    EXPIRED,
    /** Back in memory: somebody had it restored. */
    RESTORED,
    /** Back in memory: somebody opened it. */
    OPENED,
    /** Back in memory: a new version of it came. */
    CHANGED,
    /** Back in memory: what it repeated does not stand for it any more, since it changed, left the memory, or repeats are kept now. */
    ALONE
  }

  /**
   * A document that another one nearly repeats.
   *
   * @param document which
   * @param version of it that was compared: a later one may say something else
   */
  public record Repeated(String document, long version) {}

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

  /** Returns whether the document is in the archive because another one stands for it in memory. */
  public boolean merged() {
    return archived() && repeats != null;
  }

  /** Returns whether the document is in the archive. */
  public boolean archived() {
    return place == Place.ARCHIVE;
  }
}
