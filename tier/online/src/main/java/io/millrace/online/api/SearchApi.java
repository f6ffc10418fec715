// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.HiddenText;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.event.Event;
import io.millrace.core.generation.Message;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Retriever;
import io.millrace.core.time.Deadline;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Extract;
import io.millrace.memory.Extracts;
import io.millrace.memory.query.Inquiry;
import io.millrace.memory.query.PartSearch;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerTooLate;
import io.millrace.online.answer.PassageLinks;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeoutException;

/** {@code GET} and {@code POST /v1/search}: passages for a query. */
@RestController
public final class SearchApi {

  private static final int USUAL = 10;
  private static final int MOST = 100;
  private static final int LONGEST_ID = 512;
  private static final int MOST_TOKENS = 200_000;

  private final Retriever memory;
  private final DocumentView documents;
  private final PartSearch parts;
  private final ServedModels models;
  private final EventJournal journal;
  private final Workers workers;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public SearchApi(
      Retriever memory,
      DocumentView documents,
      ServedModels models,
      EventJournal journal,
      Workers workers,
      JsonBodies bodies,
      Limits limits,
      Deadlines deadlines) {
    this.memory = memory;
    this.documents = documents;
    this.parts = new PartSearch(memory, workers::offer);
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
   * @param id of the search: whoever reports as {@code exposure} that a hit was opened lets weights be learned from it
   * @param extracts what is worth reading within the budget that was given; null where none was
   * @param standing where the document stands that was asked for; null where none was
   * @param understood how the query was understood; null for those who do not ask
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Found(
      String id,
      String query,
      List<Retrieved> hits,
      @Nullable List<Excerpt> extracts,
      List<String> notes,
      double millis,
      @Nullable Standing standing,
      @Nullable Understood understood) {}

  /**
   * A stretch of a document: a piece of a section, a section or several, or all of it.
   *
   * @param number rank from 1
   * @param scope {@code passage}, {@code section} or {@code document}
   * @param passages that it is made of, in their order
   * @param tokens estimated
   */
  public record Excerpt(
      int number, String document, String title, String url, String scope, List<String> passages, String text, int tokens, double score) {}

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
      @RequestParam(defaultValue = "0") int budget,
      @RequestParam(required = false) @Nullable String aim,
      HttpServletRequest request) {
    return search(request, query, List.of(), limit == null ? USUAL : limit, language, explain, document, user, budget, aim);
  }

  /** Searches with a query in the body. */
  @PostMapping("/v1/search")
  public Found post(HttpServletRequest request) throws IOException {
    Fields body = bodies.object(request);
    return search(
        request,
        body.text("query", limits.questionCharacters()),
        body.texts("before", limits.messages(), limits.questionCharacters()),
        body.integer("limit", 1, MOST, USUAL),
        body.optionalText("language", 16).orElse(null),
        body.flag("explain", false),
        body.optionalText("document", LONGEST_ID).orElse(null),
        body.optionalText("user", 128).orElse(null),
        body.integer("budget", 0, MOST_TOKENS, 0),
        body.optionalText("aim", 16).orElse(null));
  }

  private Found search(
      HttpServletRequest request,
      String query,
      List<String> before,
      int limit,
      @Nullable String language,
      boolean explain,
      @Nullable String document,
      @Nullable String user,
      int budget,
      @Nullable String aim) {
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
    if (budget < 0 || budget > MOST_TOKENS) {
      throw Refusal.badRequest("budget", "budget is " + budget + " tokens: it must be from 0, for no extracts, to " + MOST_TOKENS);
    }
    Guard guard = models.guard();
    String who = caller.user(user != null ? user : request.getHeader("X-Millrace-User"), guard);
    Deadline whole = RequestTime.of(request, deadlines).atMost(Duration.ofMillis(deadlines.retrieve()));
    Deadline dense = whole.atMost(Duration.ofMillis(deadlines.retrieve() / 2));
    Inquiry inquiry = aimed(Inquiry.of(query, before.stream().map(asked -> new Message("user", asked)).toList()), aim);
    Retriever.Query sought =
        new Retriever.Query(inquiry.text(), language(language), limit, "", dense, caller.access(), inquiry.aim());
    long begin = System.nanoTime();
    PartSearch.Found found;
    Retriever.@Nullable Standing standing;
    List<Extract> extracts;
    try {
      found = workers.within(whole, () -> parts.search(sought, inquiry));
      standing =
          document == null || document.isBlank()
              ? null
              : found.standing(workers.within(whole, () -> memory.standing(sought, document)));
      extracts =
          budget == 0
              ? List.of()
              : workers.within(whole, () -> Extracts.of(found.result().hits(), budget, memory, caller.access()));
    } catch (TimeoutException e) {
      throw new AnswerTooLate("the search did not end in time: ask again, or allow more with X-Millrace-Timeout-Ms");
    }
    double millis = (System.nanoTime() - begin) / 1e6;
    List<Retrieved> hits = Retrieved.of(found.result().hits(), guard);
    List<String> shown = hits.stream().map(Retrieved::document).distinct().toList();
    String id = UUID.randomUUID().toString();
    Language ranked = sought.language() == null ? Language.of(sought.text()) : sought.language();
    journal.append(
        new Event.Searched(
            id, Instant.now(), Trace.of(request), who, guard.redact(query).text(), shown, millis,
            // Hits of several searches, each scaled to its own candidates, cannot be compared.
            inquiry.parted() ? null : Retrieved.shown(hits, ranked, sought.aim())));
    return new Found(
        id,
        query,
        explain ? marked(hits, caller.access()) : hits.stream().map(Retrieved::withoutEvidence).toList(),
        budget == 0 ? null : excerpts(extracts, guard),
        found.result().notes(),
        millis,
        standing == null ? null : standing(standing, guard),
        explain ? Understood.of(inquiry, found) : null);
  }

  /** Says of hits whose documents hide text that they do: it costs the reading of whole documents, so it is for those who ask why. */
  private List<Retrieved> marked(List<Retrieved> hits, Access access) {
    Map<String, Optional<HiddenText.Mark>> marks = new HashMap<>();
    for (Retrieved hit : hits) {
      marks.computeIfAbsent(hit.document(), id -> documents.document(id, access).map(HiddenText.Mark::of));
    }
    return hits.stream().map(hit -> hit.withHidden(marks.getOrDefault(hit.document(), Optional.empty()).orElse(null))).toList();
  }

  private static List<Excerpt> excerpts(List<Extract> extracts, Guard guard) {
    List<Excerpt> excerpts = new ArrayList<>();
    for (Extract extract : extracts) {
      Passage first = extract.passages().getFirst();
      excerpts.add(
          new Excerpt(
              excerpts.size() + 1, first.documentId(), PassageLinks.title(first), PassageLinks.url(first),
              extract.scope().name().toLowerCase(Locale.ROOT), extract.passages().stream().map(Passage::id).toList(),
              guard.redact(extract.text()).text(), extract.tokens(), extract.score()));
    }
    return excerpts;
  }

  private static Standing standing(Retriever.Standing standing, Guard guard) {
    Retrieved best = standing.best() == null ? null : Retrieved.of(List.of(standing.best()), guard).getFirst();
    return new Standing(
        standing.document(), standing.rank(), standing.cause().name().toLowerCase(Locale.ROOT), standing.cause().reason(), best);
  }

  private static Inquiry aimed(Inquiry inquiry, @Nullable String aim) {
    if (aim == null || aim.isBlank()) {
      return inquiry;
    }
    return inquiry.aimed(
        switch (aim) {
          case "answer" -> Retriever.Aim.ANSWER;
          case "survey" -> Retriever.Aim.SURVEY;
          default ->
              throw Refusal.badRequest(
                  "aim", "aim is '" + aim + "': use answer, survey, or none to have it taken from the query");
        });
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
