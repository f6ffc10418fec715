// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.document.Validity;
import io.millrace.formats.text.VisibleDocument;
import io.millrace.memory.Resident;
import io.millrace.online.Limits;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Makes a document of what a client sent: a title with a text, or with sections. */
final class DocumentRequest {

  private static final int MOST_SECTIONS = 5_000;
  private static final int MOST_DETAILS = 500;
  private static final int MOST_LINKS = 5_000;
  private static final int LONGEST_NAME = 512;

  private DocumentRequest() {}

  static Document of(String id, Fields body, Limits limits) {
    try {
      Document.checkId(id);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("id", String.valueOf(e.getMessage()));
    }
    String title = body.text("title", LONGEST_NAME);
    List<Section> sections = sections(title, body, limits);
    String all = String.join("\n", sections.stream().map(Section::fullText).toList());
    if (sections.stream().noneMatch(Section::hasProse)) {
      throw Refusal.badRequest("text", "the document says nothing: give it a text, or sections with texts");
    }
    return new Document(
        id,
        "api",
        body.optionalText("kind", 64).orElse("page"),
        language(body, all),
        title,
        body.texts("path", 32, LONGEST_NAME),
        url(body),
        sections,
        links(body),
        Instant.now(),
        attributes(body),
        Set.of());
  }

  /** Returns what readers see of a document, with what they would not see beside it; refuses one of which they would see nothing. */
  static Document seen(Document document) {
    Document seen;
    try {
      seen = VisibleDocument.of(document);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("title", "nothing of the title can be seen: " + e.getMessage());
    }
    if (says(document) && !says(seen)) {
      throw Refusal.badRequest("text", "all of the document's text is hidden from readers");
    }
    return seen;
  }

  private static boolean says(Document document) {
    return document.sections().stream().anyMatch(Section::hasProse);
  }

  /** When it may be found, and whether it must stay in memory. */
  private static Map<String, String> attributes(Fields body) {
    Map<String, String> attributes = new TreeMap<>();
    for (String key : List.of(Validity.FROM, Validity.UNTIL)) {
      body.optionalText(key, 64).filter(value -> !value.isBlank()).ifPresent(value -> attributes.put(key, value));
    }
    try {
      Validity.of(attributes);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(attributes.containsKey(Validity.UNTIL) ? Validity.UNTIL : Validity.FROM, String.valueOf(e.getMessage()));
    }
    if (body.flag(Resident.PINNED, false)) {
      attributes.put(Resident.PINNED, "true");
    }
    return attributes;
  }

  private static List<Section> sections(String title, Fields body, Limits limits) {
    List<Section> sections = new ArrayList<>();
    body.optionalText("text", limits.bodyBytes())
        .filter(text -> !text.isBlank())
        .ifPresent(text -> sections.add(new Section("", "description", title, "", text, List.of())));
    for (Fields section : body.objects("sections", MOST_SECTIONS)) {
      List<Section.Detail> details = new ArrayList<>();
      for (Fields detail : section.objects("details", MOST_DETAILS)) {
        details.add(
            new Section.Detail(
                detail.text("kind", 64),
                detail.optionalText("name", LONGEST_NAME).orElse(""),
                detail.optionalText("text", limits.bodyBytes()).orElse("")));
      }
      String heading = section.optionalText("heading", LONGEST_NAME).orElse("");
      sections.add(
          new Section(
              section.optionalText("anchor", LONGEST_NAME).orElse(sections.isEmpty() ? "" : "s" + sections.size()),
              section.optionalText("kind", 64).orElse("text"),
              heading.isBlank() ? title : heading,
              section.optionalText("signature", 4_000).orElse(""),
              section.optionalText("text", limits.bodyBytes()).orElse(""),
              details));
    }
    return sections;
  }

  private static Language language(Fields body, String text) {
    return body.optionalText("language", 16)
        .map(code -> {
          try {
            return Language.ofCode(code);
          } catch (IllegalArgumentException e) {
            throw Refusal.badRequest("language", String.valueOf(e.getMessage()));
          }
        })
        .orElseGet(() -> Language.of(text));
  }

  /** Only addresses that are safe to put into a page as a link. */
  private static @Nullable String url(Fields body) {
    String url = body.optionalText("url", 2_048).orElse(null);
    if (url == null || url.isBlank()) {
      return null;
    }
    try {
      String scheme = new URI(url).getScheme();
      if (scheme != null && Set.of("http", "https").contains(scheme)) {
        return url;
      }
    } catch (URISyntaxException e) {
      throw Refusal.badRequest("url", "url '" + url + "' is no address: " + e.getReason());
    }
    throw Refusal.badRequest("url", "url '" + url + "' does not begin with http:// or https://");
  }

  private static List<Link> links(Fields body) {
    List<Link> links = new ArrayList<>();
    for (Fields link : body.objects("links", MOST_LINKS)) {
      links.add(
          new Link(
              link.text("target", 2_048),
              link.optionalText("text", LONGEST_NAME).orElse(""),
              link.optionalText("kind", 64).orElse("see")));
    }
    return links;
  }
}
