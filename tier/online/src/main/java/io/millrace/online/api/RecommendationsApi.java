// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.event.Event;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Recommender;
import io.millrace.core.spi.Recommender.Recommendation;
import io.millrace.online.answer.PassageLinks;
import io.millrace.online.event.EventJournal;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** {@code GET /v1/recommendations}: documents for a user; what is shown is written down with what the ranker saw. */
@RestController
public final class RecommendationsApi {

  private final Recommender recommender;
  private final Catalogue catalogue;
  private final ServedModels models;
  private final EventJournal journal;

  public RecommendationsApi(
      Recommender recommender, Catalogue catalogue, ServedModels models, EventJournal journal) {
    this.recommender = recommender;
    this.catalogue = catalogue;
    this.models = models;
    this.journal = journal;
  }

  /** What is shown, and the identity of the event that says so. */
  public record Shown(String trace, String exposure, String strategy, List<Item> items) {}

  /** A suggested document. */
  public record Item(
      String document,
      String title,
      List<String> path,
      String url,
      double score,
      Map<String, Double> sources,
      List<String> reasons) {}

  /** Suggests documents. */
  @GetMapping("/v1/recommendations")
  public Shown recommend(
      @RequestParam(required = false) @Nullable String user,
      @RequestParam(required = false) @Nullable String context,
      @RequestParam(defaultValue = "10") int limit,
      @RequestParam(required = false) @Nullable String surface,
      HttpServletRequest request) {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    if (limit < 1 || limit > 100) {
      throw Refusal.badRequest("limit", "limit is " + limit + ": it must be from 1 to 100");
    }
    if (context != null && !context.isEmpty()) {
      checkId(context);
    }
    String where = context == null || context.isEmpty() ? null : context;
    Guard guard = models.guard();
    String who = caller.user(user != null ? user : request.getHeader("X-Millrace-User"), guard);
    return show(Trace.of(request), who, where, limit, surface(surface, where), caller.access());
  }

  /** Suggests documents and writes down that they were shown. */
  private Shown show(
      String trace, String user, @Nullable String context, int limit, String surface, Access access) {
    Recommender.Result result = recommender.recommend(new Recommender.Request(user, context, limit, access));
    String exposure = UUID.randomUUID().toString();
    List<Item> items = new ArrayList<>();
    List<Event.Exposed.Item> shown = new ArrayList<>();
    for (Recommendation each : result.items()) {
      Catalogue.Entry entry = catalogue.entry(each.document(), access);
      items.add(
          new Item(
              each.document(),
              entry == null ? each.document() : entry.title(),
              entry == null ? List.of() : entry.path(),
              PassageLinks.url(each.document()),
              each.score(),
              each.sources(),
              each.reasons()));
      shown.add(new Event.Exposed.Item(each.document(), shown.size(), each.score(), each.features()));
    }
    if (!shown.isEmpty()) {
      journal.append(
          new Event.Exposed(exposure, Instant.now(), trace, user, surface, context, shown, result.strategy()));
    }
    return new Shown(trace, exposure, result.strategy(), items);
  }

  private static String surface(@Nullable String named, @Nullable String context) {
    if (named == null) {
      return context == null ? "home" : "related";
    }
    if (!named.matches("[a-z][a-z-]{0,31}")) {
      throw Refusal.badRequest("surface", "surface '" + named + "': use lower-case letters and hyphens");
    }
    return named;
  }

  private static void checkId(String id) {
    try {
      Document.checkId(id);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest("context", String.valueOf(e.getMessage()));
    }
  }
}
