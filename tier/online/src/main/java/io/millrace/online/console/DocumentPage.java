// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Document;
import io.millrace.core.document.Link;
import io.millrace.core.spi.Access;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stored document with its structure. */
@Controller
final class DocumentPage {

  private static final int MOST_LINKS = 80;

  private final Templates templates;
  private final DocumentView documents;
  private final Growth growth;

  DocumentPage(Templates templates, DocumentView documents, Growth growth) {
    this.templates = templates;
    this.documents = documents;
    this.growth = growth;
  }

  /** Shows a whole page, or with {@code part=panel} what the side panel shows. */
  @GetMapping("/documents/{*id}")
  View document(
      Page page, HttpServletRequest request, @PathVariable String id, @RequestParam(defaultValue = "") String part) {
    String plain = id.startsWith("/") ? id.substring(1) : id;
    Access access = Caller.of(request).access();
    Optional<Document> document = documents.document(plain, access);
    if (document.isEmpty()) {
      return templates.view(
          HttpStatus.NOT_FOUND, "lost", Map.of("page", page, "what", plain, "kind", "document"));
    }
    growth.opened(plain);
    return templates.view(
        part.equals("panel") ? "beside" : "document", Map.of("page", page, "document", document.get(), "links", links(document.get(), access)));
  }

  /** Addresses, and documents that are there for the reader: files link to others that nobody has put. */
  private List<Link> links(Document document, Access access) {
    return document.links().stream()
        .filter(link -> Addresses.outside(link.target()) != null || documents.entry(link.target().split("#", 2)[0], access) != null)
        .distinct().limit(MOST_LINKS).toList();
  }
}
