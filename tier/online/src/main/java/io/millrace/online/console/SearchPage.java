// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Deadline;
import io.millrace.core.spi.Retriever;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Search as one types. */
@Controller
final class SearchPage {

  private static final int LIMIT = 20;
  private static final int LONGEST_QUERY = 2_000;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Templates templates;
  private final Retriever retriever;

  SearchPage(Templates templates, Retriever retriever) {
    this.templates = templates;
    this.retriever = retriever;
  }

  @GetMapping("/search")
  View search(
      Page page,
      @RequestParam(name = "q", defaultValue = "") String query,
      @RequestParam(name = "in", defaultValue = "") String within,
      @RequestHeader(name = "HX-Request", defaultValue = "false") boolean part) {
    Found found = find(query.length() > LONGEST_QUERY ? query.substring(0, LONGEST_QUERY) : query, within);
    return templates.view(part ? "hits" : "search", Map.of("page", page, "found", found));
  }

  private Found find(String query, String within) {
    Language language =
        switch (within) {
          case "en" -> Language.ENGLISH;
          case "zh" -> Language.CHINESE;
          default -> null;
        };
    if (query.isBlank()) {
      return new Found("", language == null ? "" : within, List.of(), List.of(), 0);
    }
    long start = System.nanoTime();
    Retriever.Result result =
        retriever.search(new Retriever.Query(query, language, LIMIT, "", Deadline.after(PATIENCE)));
    double millis = (System.nanoTime() - start) / 1e6;
    return new Found(
        query,
        language == null ? "" : within,
        result.hits().stream().map(hit -> Found.Hit.of(hit, query)).toList(),
        result.notes(),
        millis);
  }
}
