// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.spi.FileFormats.Place;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A draft that is finished.
 *
 * @param sections some of them may have blank headings, which stand under the title
 * @param leftOut what is not in it because of limits
 */
public record Written(
    String title,
    String kind,
    List<Section> sections,
    List<Link> links,
    Map<String, String> attributes,
    List<String> leftOut) {

  /** A document has about so many characters and sections at most: longer files become several. */
  private static final int LONGEST = 200_000;

  private static final int MOST_SECTIONS = 500;

  public Written {
    sections = List.copyOf(sections);
    links = List.copyOf(links);
    attributes = Map.copyOf(attributes);
    leftOut = List.copyOf(leftOut);
  }

  /**
   * Makes documents of it; each part of a long file has the whole's title with a number behind it.
   *
   * @param id identity of the first one; the others' begin with it
   */
  public List<Document> documents(String id, Place place) {
    List<List<Section>> parts = parts();
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Map<String, String> facts = new TreeMap<>(attributes);
      facts.put("file", place.name());
      if (parts.size() > 1) {
        facts.put("part", (i + 1) + "/" + parts.size());
      }
      String name = i == 0 ? title : title + " (" + (i + 1) + ")";
      documents.add(
          new Document(
              i == 0 ? id : id + "/part-" + (i + 1),
              place.source(),
              kind,
              language(parts.get(i)),
              name,
              path(place, name),
              null,
              titled(parts.get(i), name),
              i == 0 ? links : List.of(),
              place.updatedAt(),
              facts, Set.of()));
    }
    return documents;
  }

  private List<List<Section>> parts() {
    List<List<Section>> parts = new ArrayList<>();
    int length = LONGEST;
    for (Section section : sections) {
      int size = section.text().length();
      if (length + size > LONGEST || parts.getLast().size() >= MOST_SECTIONS) {
        parts.add(new ArrayList<>());
        length = 0;
      }
      parts.getLast().add(section);
      length += size;
    }
    return parts;
  }

  private static List<Section> titled(List<Section> sections, String title) {
    return sections.stream()
        .map(s -> s.heading().isBlank() ? new Section(s.anchor(), s.kind(), title, s.signature(), s.text(), s.details()) : s)
        .toList();
  }

  private static Language language(List<Section> sections) {
    StringBuilder prose = new StringBuilder();
    sections.forEach(section -> prose.append(section.text()).append('\n'));
    return Language.of(prose);
  }

  private static List<String> path(Place place, String title) {
    List<String> path = new ArrayList<>();
    if (!place.library().isEmpty()) {
      path.add(place.library());
    }
    String[] folders = place.name().split("/");
    for (int i = 0; i < folders.length - 1; i++) {
      if (!folders[i].isEmpty()) {
        path.add(folders[i]);
      }
    }
    path.add(title);
    return path;
  }
}
