// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;

/**
 * A piece of a document that is retrieved, quoted and cited as one.
 *
 * @param id {@code documentId#ordinal}
 * @param documentId the document it was taken from
 * @param ordinal its position among the document's passages, from 0
 * @param anchor fragment of the section it starts in; empty for the introduction
 * @param path place in the structure from the outside in, the document's title last
 * @param heading the section's heading
 * @param text what is searched and quoted: signature, prose and details as lines
 * @param language the language of the prose
 * @param url public address with fragment, if the document has one
 * @param validity when it may be found; null for always
 * @param labels its document's access labels, see {@link Labels}
 */
public record Passage(
    String id,
    String documentId,
    int ordinal,
    String anchor,
    List<String> path,
    String heading,
    String text,
    Language language,
    @Nullable String url,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Validity validity,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> labels) {

  public Passage {
    path = List.copyOf(path);
    labels = Labels.of(labels);
  }

  /** A passage that may be found at any time. */
  public Passage(
      String id,
      String documentId,
      int ordinal,
      String anchor,
      List<String> path,
      String heading,
      String text,
      Language language,
      @Nullable String url,
      Set<String> labels) {
    this(id, documentId, ordinal, anchor, path, heading, text, language, url, null, labels);
  }

  /** Returns the text together with its place, which is what embeddings see: a passage alone says too little. */
  public String textInContext() {
    return String.join(" › ", path) + (heading.isBlank() ? "" : " › " + heading) + "\n" + text;
  }
}
