// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever;
import io.millrace.core.time.Deadline;
import io.millrace.memory.query.Inquiry;
import io.millrace.online.answer.Retrieved;
import io.millrace.online.api.SearchApi;
import io.millrace.online.api.Understood;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.CookieValue;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Search, as one types and when one is done. */
@Controller
final class SearchPage {

  private static final int LIMIT = 20;
  private static final int LONGEST_QUERY = 2_000;
  private static final Duration PATIENCE = Duration.ofMillis(800);
  /** What the browser says when the field itself, and not the form, asks. */
  private static final String FIELD = "q";

  private final Templates templates;
  private final SearchApi api;
  private final Retriever memory;
  private final ServedModels models;

  SearchPage(Templates templates, SearchApi api, Retriever memory, ServedModels models) {
    this.templates = templates;
    this.api = api;
    this.memory = memory;
    this.models = models;
  }

  @GetMapping("/search")
  View search(
      Page page,
      HttpServletRequest request,
      @RequestParam(name = "q", defaultValue = "") String query,
      @RequestParam(name = "in", defaultValue = "") String within,
      @RequestParam(defaultValue = "") String document,
      @RequestHeader(name = "HX-Request", defaultValue = "false") boolean part,
      @RequestHeader(name = "HX-Trigger", defaultValue = "") String trigger,
      @CookieValue(name = Visitor.USER, required = false) @Nullable String user) {
    String sought = query.length() > LONGEST_QUERY ? query.substring(0, LONGEST_QUERY) : query;
    String language = within.equals("en") || within.equals("zh") ? within : "";
    Found found =
        sought.isBlank()
            ? new Found("", "", language, List.of(), List.of(), 0, null, null)
            : trigger.equals(FIELD)
                ? typed(request, sought, language)
                : asked(request, sought, language, document, user);
    return templates.view(part ? "hits" : "search", Map.of("page", page, "found", found));
  }

  /** A finished query: it goes the way of any client's and leaves its event. */
  private Found asked(
      HttpServletRequest request, String query, String language, String document, @Nullable String user) {
    SearchApi.Found found = api.get(query, LIMIT, language.isEmpty() ? null : language, true, document, user, 0, null, request);
    return found(
        found.id(), query, language, found.hits(), found.notes(), found.millis(), found.standing(), found.understood());
  }

  /** A query that is still being typed: half a word says nothing about anybody, so it leaves no event. */
  private Found typed(HttpServletRequest request, String query, String language) {
    Caller caller = Caller.of(request);
    caller.require(ApiKey.Role.ASK);
    long start = System.nanoTime();
    Retriever.Result result =
        memory.search(
            new Retriever.Query(
                query,
                language.isEmpty() ? null : Language.ofCode(language),
                LIMIT,
                "",
                Deadline.after(PATIENCE),
                caller.access(),
                Inquiry.of(query).aim()));
    double millis = (System.nanoTime() - start) / 1e6;
    return found("", query, language, Retrieved.of(result.hits(), models.guard()), result.notes(), millis, null, null);
  }

  private static Found found(
      String id,
      String query,
      String language,
      List<Retrieved> hits,
      List<String> notes,
      double millis,
      SearchApi.@Nullable Standing standing,
      @Nullable Understood understood) {
    return new Found(
        id, query, language, hits.stream().map(hit -> Found.Hit.of(hit, query)).toList(), notes, millis, standing, understood);
  }
}
