// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.util.List;

/**
 * A part of a document that can be pointed at.
 *
 * @param anchor fragment identifier within the document; empty for the document's own introduction
 * @param kind for example {@code description}, {@code method}, {@code constructor}, {@code field}, {@code text}
 * @param heading shown to people, for example {@code addDocument}
 * @param signature formal declaration on one line; empty where there is none
 * @param text prose; paragraphs separated by newlines; may be empty when details carry it
 * @param details named facts such as parameters, return value and exceptions
 */
public record Section(
    String anchor, String kind, String heading, String signature, String text, List<Detail> details) {

  /**
   * A named fact of a section.
   *
   * @param kind for example {@code parameter}, {@code returns}, {@code throws}, {@code since}, {@code deprecated}
   * @param name what it speaks of, for example the parameter's name; empty where the kind says it all
   * @param text prose
   */
  public record Detail(String kind, String name, String text) {
    /** Returns the fact as a line, for example {@code parameter doc: the document to add}. */
    public String line() {
      return kind + (name.isBlank() ? "" : " " + name) + ": " + text;
    }
  }

  public Section {
    details = List.copyOf(details);
  }

  /** Returns whether the section says anything beyond its own name and signature. */
  public boolean hasProse() {
    return !text.isBlank() || details.stream().anyMatch(detail -> !detail.text().isBlank());
  }

  /** Returns heading, signature, prose and details as lines of plain text. */
  public String fullText() {
    StringBuilder all = new StringBuilder(heading);
    if (!signature.isBlank()) {
      all.append('\n').append(signature);
    }
    if (!text.isBlank()) {
      all.append('\n').append(text);
    }
    for (Detail detail : details) {
      all.append('\n').append(detail.line());
    }
    return all.toString();
  }
}
