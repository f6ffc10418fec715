// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

/**
 * Something that happened to a document.
 *
 * @param document which
 * @param kind what
 * @param other the other document of a co-visit; empty otherwise
 * @param amount by which the sum of ratings changes; 1 for what is counted; see {@link Kind}
 * @param tenant of whose user it was; empty for none
 * @param millis when, since the epoch
 */
public record ItemChange(String document, Kind kind, String other, double amount, String tenant, long millis) {

  /** What can happen to a document. */
  public enum Kind {
    CLICK,
    EXPOSURE,
    CO_VISIT,
    RATING,
    /** It was shown by a search; the amount is the larger the higher it stood. */
    FOUND,
    /** An answer cited it. */
    CITED,
    /** Somebody rated an answer that cited it; the amount is the change of the rating. */
    CREDIT
  }
}
