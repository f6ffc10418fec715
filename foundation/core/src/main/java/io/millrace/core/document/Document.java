// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A page of content that kept its structure.
 *
 * @param id stable identity, for example {@code lucene-core/org/apache/lucene/index/IndexWriter}; letters, digits
 *     and {@code . _ - / $ :} only, at most 512 characters
 * @param source where it came from, for example {@code org.apache.lucene:lucene-core:10.5.0} or {@code api}
 * @param kind what sort of page it is, for example {@code class}, {@code package}, {@code page}
 * @param language the language of its prose
 * @param title shown to people
 * @param path its place in the structure from the outside in: library, module, package, class
 * @param url a public address of the page, if it has one
 * @param sections in reading order; at least one
 * @param links identities or addresses of the pages that it points to
 * @param updatedAt when its content last changed
 * @param attributes further facts, for example {@code since}
 * @param labels access labels, see {@link Labels}: a reader must hold one of them; empty for everybody who may search.
 *     Documents of the first versions have none, and are written as they were
 */
public record Document(
    String id,
    String source,
    String kind,
    Language language,
    String title,
    List<String> path,
    @Nullable String url,
    List<Section> sections,
    List<Link> links,
    Instant updatedAt,
    Map<String, String> attributes,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) Set<String> labels) {

  private static final int LONGEST_ID = 512;

  public Document {
    checkId(id);
    path = List.copyOf(path);
    sections = List.copyOf(sections);
    links = List.copyOf(links);
    attributes = Map.copyOf(attributes);
    labels = Labels.of(labels);
    if (title.isBlank()) {
      throw new IllegalArgumentException("document '" + id + "' has a blank title: give it one");
    }
    if (sections.isEmpty()) {
      throw new IllegalArgumentException("document '" + id + "' has no sections: give it at least one text");
    }
  }

  /** Refuses identities that could not travel through file names, addresses and keys unharmed. */
  public static void checkId(String id) {
    if (id.isEmpty() || id.length() > LONGEST_ID) {
      throw new IllegalArgumentException(
          "document id of " + id.length() + " characters: use 1 to " + LONGEST_ID);
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (!Character.isLetterOrDigit(c) && "._-/$:".indexOf(c) < 0) {
        throw new IllegalArgumentException(
            "document id '" + id + "' has the character '" + c + "': use letters, digits and . _ - / $ :");
      }
    }
    if (id.startsWith("/") || id.contains("..") || id.contains("//")) {
      throw new IllegalArgumentException("document id '" + id + "' may not start with / nor hold .. or //");
    }
  }

  /**
   * Returns when it may be found; null for always.
   *
   * @throws IllegalArgumentException when its attributes say something that is no time
   */
  public @Nullable Validity validity() {
    return Validity.of(attributes);
  }

  /** Returns all prose, section by section, separated by blank lines. */
  public String text() {
    StringBuilder all = new StringBuilder();
    for (Section section : sections) {
      if (!all.isEmpty()) {
        all.append("\n\n");
      }
      all.append(section.fullText());
    }
    return all.toString();
  }

  /** The same, changed at another time. */
  public Document updated(Instant at) {
    return new Document(id, source, kind, language, title, path, url, sections, links, at, attributes, labels);
  }

  /** The same with other labels. */
  public Document withLabels(Set<String> others) {
    return new Document(
        id, source, kind, language, title, path, url, sections, links, updatedAt, attributes, others);
  }

  /** The same with other attributes. */
  public Document withAttributes(Map<String, String> others) {
    return new Document(id, source, kind, language, title, path, url, sections, links, updatedAt, others, labels);
  }

  /** The same with other sections and links. */
  public Document withContent(List<Section> otherSections, List<Link> otherLinks) {
    return new Document(
        id, source, kind, language, title, path, url, otherSections, otherLinks, updatedAt, attributes, labels);
  }
}
