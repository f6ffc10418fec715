// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Passage;

import java.util.List;

/**
 * A stretch of a document that is worth reading for a query.
 *
 * @param scope how much of it
 * @param passages that it is made of, in the order of the document; at least one
 * @param text of all of them, with what is said again between them left out
 * @param tokens estimated
 * @param score of its best hit
 */
public record Extract(Scope scope, List<Passage> passages, String text, int tokens, double score) {

  /** How much of a document. */
  public enum Scope {
    /** A piece of a section. */
    PASSAGE,
    /** A section or several, whole. */
    SECTION,
    /** All of a document that has several sections. */
    DOCUMENT
  }

  public Extract {
    passages = List.copyOf(passages);
  }
}
