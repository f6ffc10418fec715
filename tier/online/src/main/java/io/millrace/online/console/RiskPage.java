// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.event.Event;
import io.millrace.core.spi.Guard;
import io.millrace.online.event.EventFeed;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.View;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What risk control decided, and a place to try it. */
@Controller
public final class RiskPage {

  private static final int LOOKED_AT = 4_000;
  private static final int SHOWN = 50;
  private static final int LONGEST_TRIAL = 8_000;

  private final Templates templates;
  private final EventFeed feed;
  private final ServedModels models;

  RiskPage(Templates templates, EventFeed feed, ServedModels models) {
    this.templates = templates;
    this.feed = feed;
    this.models = models;
  }

  /**
   * How often a rule decided.
   *
   * @param rule its name
   * @param count within the events that the feed keeps
   */
  public record RuleCount(String rule, long count) {}

  @GetMapping("/risk")
  View risk(Page page, HttpServletRequest request, @RequestParam(defaultValue = "") String decision) {
    Caller.overview(request);
    List<Event.Judged> verdicts = new ArrayList<>();
    Map<String, Long> counts = new HashMap<>();
    for (Event event : feed.recent(LOOKED_AT, Event.Judged.class::isInstance)) {
      Event.Judged judged = (Event.Judged) event;
      counts.merge(judged.rule(), 1L, Long::sum);
      if (verdicts.size() < SHOWN && (decision.isEmpty() || judged.decision().equals(decision))) {
        verdicts.add(judged);
      }
    }
    List<RuleCount> rules =
        counts.entrySet().stream()
            .map(entry -> new RuleCount(entry.getKey(), entry.getValue()))
            .sorted(Comparator.comparingLong(RuleCount::count).reversed().thenComparing(RuleCount::rule))
            .toList();
    return templates.view(
        "risk", Map.of("page", page, "verdicts", verdicts, "rules", rules, "decision", decision));
  }

  /** Judges a text without answering it; nothing is logged. */
  @PostMapping(path = "/console/risk/try", headers = "HX-Request")
  View trial(Page page, HttpServletRequest request, @RequestParam String text) {
    Caller.of(request).require(ApiKey.Role.ASK);
    String judged = text.length() > LONGEST_TRIAL ? text.substring(0, LONGEST_TRIAL) : text;
    long start = System.nanoTime();
    Guard guard = models.guard();
    Guard.Verdict verdict = guard.checkInput(judged);
    Guard.Redaction redaction = guard.redact(judged);
    double millis = (System.nanoTime() - start) / 1e6;
    return templates.view(
        "trial", Map.of("page", page, "verdict", verdict, "redaction", redaction, "millis", millis));
  }
}
