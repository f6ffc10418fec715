// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Retriever;
import io.millrace.core.time.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerTooLate;
import io.millrace.online.answer.Retrieved;
import io.millrace.online.answer.Workers;
import io.millrace.online.event.EventJournal;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeoutException;

/** {@code GET} and {@code POST /v1/search}: passages for a query. */
@RestController
public final class SearchApi {

  private static final int USUAL = 10;
  private static final int MOST = 100;
  private static final int LONGEST_ID = 512;

  private final Retriever memory;
  private final ServedModels models;
  private final EventJournal journal;
  private final Workers workers;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public SearchApi(
      Retriever memory,
      ServedModels models,
      EventJournal journal,
      Workers workers,
      JsonBodies bodies,
      Limits limits,
      Deadlines deadlines) {
    this.memory = memory;
    this.models = models;
    this.journal = journal;
    this.workers = workers;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /**
   * Hits of a query.
   *
   * @param standing where the document stands that was asked for; null where none was
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Found(
      String query, List<Retrieved> hits, List<String> notes, double millis, @Nullable Standing standing) {}

  /**
   * Where a document stands in the ranking, and why it is shown or not.
   *
   * @param rank of its best passage, from 1; 0 for none
   * @param cause why it is shown or not, in lower case; see {@link Retriever.Cause}
   * @param best that passage; null for none
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Standing(String document, int rank, String cause, String reason, @Nullable Retrieved best) {}

  /** Searches with a query in the address. */
  @GetMapping("/v1/search")
  public Found get(
      @RequestParam(defaultValue = "") String query,
      @RequestParam(required = false) @Nullable Integer limit,
      @RequestParam(required = false) @Nullable String language,
      @RequestParam(defaultValue = "false") boolean explain,
      @RequestParam(required = false) @Nullable String document,
      @RequestParam(required = false) @Nullable String user,
      HttpServletRequest request) {
    return search(request, query, limit == null ? USUAL : limit, language, explain, document, user);
  }

  /** Searches with a query in the body. */
  @PostMapping("/v1/search")
  public Found post(HttpServletRequest request) throws IOException {
    Fields body = bodies.object(request);
    return search(
        request,
        body.text("query", limits.questionCharacters()),
        body.integer("limit", 1, MOST, USUAL),
        body.optionalText("language", 16).orElse(null),
        body.flag("explain", false),
        body.optionalText("document", LONGEST_ID).orElse(null),
        body.optionalText("user", 128).orElse(null));
  }

  private Found search(
      HttpServletRequest request,
      String query,
      int limit,
      @Nullable String language,
      boolean explain,
      @Nullable String document,
      @Nullable String user) {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    if (query.isBlank()) {
      throw Refusal.badRequest("query", "query is missing or blank: say what is sought");
    }
    if (query.length() > limits.questionCharacters()) {
      throw Refusal.tooLong(
          "query", "query has " + query.length() + " characters: at most " + limits.questionCharacters());
    }
    if (limit < 1 || limit > MOST) {
      throw Refusal.badRequest("limit", "limit is " + limit + ": it must be from 1 to " + MOST);
    }
    Guard guard = models.guard();
    String who = caller.user(user != null ? user : request.getHeader("X-Millrace-User"), guard);
    Deadline whole = RequestTime.of(request, deadlines).atMost(Duration.ofMillis(deadlines.retrieve()));
    Deadline dense = whole.atMost(Duration.ofMillis(deadlines.retrieve() / 2));
    Retriever.Query sought = new Retriever.Query(query, language(language), limit, "", dense, caller.access());
    long begin = System.nanoTime();
    Retriever.Result result;
    Retriever.@Nullable Standing standing;
    try {
      result = workers.within(whole, () -> memory.search(sought));
      standing = document == null || document.isBlank() ? null : workers.within(whole, () -> memory.standing(sought, document));
    } catch (TimeoutException e) {
      throw new AnswerTooLate("the search did not end in time: ask again, or allow more with X-Millrace-Timeout-Ms");
    }
    double millis = (System.nanoTime() - begin) / 1e6;
    List<Retrieved> hits = Retrieved.of(result.hits(), guard);
    List<String> documents = hits.stream().map(Retrieved::document).distinct().toList();
    journal.append(
        new Event.Searched(
            UUID.randomUUID().toString(), Instant.now(), Trace.of(request), who, guard.redact(query).text(),
            documents, millis));
    return new Found(
        query,
        explain ? hits : hits.stream().map(Retrieved::withoutEvidence).toList(),
        result.notes(),
        millis,
        standing == null ? null : standing(standing, guard));
  }

  private static Standing standing(Retriever.Standing standing, Guard guard) {
    Retrieved best = standing.best() == null ? null : Retrieved.of(List.of(standing.best()), guard).getFirst();
    return new Standing(
        standing.document(), standing.rank(), standing.cause().name().toLowerCase(Locale.ROOT), standing.cause().reason(), best);
  }

  private static @Nullable Language language(@Nullable String code) {
    if (code == null || code.isBlank()) {
      return null;
    }
    try {
      return Language.ofCode(code);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("language", String.valueOf(e.getMessage()));
    }
  }
}
