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
 * @param links what this piece points to, as {@link Link#target}: identities of documents of this domain, perhaps with {@code #}
 *     and an anchor, or absolute addresses; at most {@value Passages#MOST_LINKS}. Passages of the first versions have none
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
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> labels,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<String> links) {

  public Passage {
    path = List.copyOf(path);
    labels = Labels.of(labels);
    links = copy(links);
  }

  /** What was written without links is read so. */
  private static List<String> copy(@Nullable List<String> links) {
    return links == null ? List.of() : List.copyOf(links);
  }

  /** A passage that points to nothing. */
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
      @Nullable Validity validity,
      Set<String> labels) {
    this(id, documentId, ordinal, anchor, path, heading, text, language, url, validity, labels, List.of());
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

  /** The same with other links. */
  public Passage withLinks(List<String> targets) {
    return new Passage(
        id, documentId, ordinal, anchor, path, heading, text, language, url, validity, labels, targets);
  }

  /** Returns the text together with its place, which is what embeddings see: a passage alone says too little. */
  public String textInContext() {
    return String.join(" › ", path) + (heading.isBlank() ? "" : " › " + heading) + "\n" + text;
  }
}
