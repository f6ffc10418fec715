// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import org.jspecify.annotations.Nullable;

/**
 * Where a question is answered; written {@code document} or {@code document#anchor}.
 *
 * @param document identity of a document
 * @param anchor fragment of one of its sections, empty for its introduction; null for anywhere in the document
 */
public record EvidencePlace(String document, @Nullable String anchor) {

  public EvidencePlace {
    Document.checkId(document);
  }

  /**
   * Reads a place.
   *
   * @param text for example {@code lucene-core/org/apache/lucene/index/IndexWriter#commit()}; anchors may hold anything
   * @throws IllegalArgumentException when what is before the first {@code #} is no document's identity, saying why
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static EvidencePlace of(String text) {
    int hash = text.indexOf('#');
    return hash < 0 ? new EvidencePlace(text, null) : new EvidencePlace(text.substring(0, hash), text.substring(hash + 1));
  }

  /** Returns whether a passage was taken from here. */
  public boolean holds(Passage passage) {
    return passage.documentId().equals(document) && (anchor == null || anchor.equals(passage.anchor()));
  }

  @JsonValue
  @Override
  public String toString() {
    return anchor == null ? document : document + "#" + anchor;
  }
}
