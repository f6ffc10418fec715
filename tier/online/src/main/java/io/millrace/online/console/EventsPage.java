// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.online.GatewayStatus;
import io.millrace.online.event.EventFeed;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.servlet.View;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The log's tail: what everybody asks and does, so on a gateway with keys only administrators see it. */
@Controller
final class EventsPage {

  private static final List<String> TYPES =
      List.of("answered", "searched", "exposed", "clicked", "rated", "judged", "grounded");
  private static final int SHOWN = 60;
  private static final int SECONDS = 120;

  private final Templates templates;
  private final EventFeed feed;
  private final GatewayStatus status;

  EventsPage(Templates templates, EventFeed feed, GatewayStatus status) {
    this.templates = templates;
    this.feed = feed;
    this.status = status;
  }

  /**
   * What the page draws.
   *
   * @param events latest first
   * @param seconds counts of the last seconds, oldest first
   * @param totals by type
   */
  record Feed(List<Event> events, List<Second> seconds, Map<String, Long> totals) {}

  /**
   * What happened within a second.
   *
   * @param at seconds of the epoch
   * @param counts by type
   */
  record Second(long at, Map<String, Integer> counts) {}

  @GetMapping("/events")
  View events(
      Page page,
      HttpServletRequest request,
      @RequestParam(defaultValue = "") String type,
      @RequestParam(defaultValue = "") String user) {
    Caller.overview(request);
    return templates.view("events", Map.of("page", page, "types", TYPES, "type", type, "user", user));
  }

  /** Returns the latest events that are wanted, with the throughput of the last two minutes. */
  @GetMapping(path = "/console/feed", produces = MediaType.APPLICATION_JSON_VALUE)
  @ResponseBody
  byte[] feed(
      HttpServletRequest request,
      @RequestParam(defaultValue = "") String type,
      @RequestParam(defaultValue = "") String user) {
    Caller.overview(request);
    List<Event> wanted =
        feed
            .recent(
                SHOWN,
                event ->
                (type.isEmpty() || EventFeed.type(event).equals(type))
                    && (user.isEmpty() || event.user().contains(user)))
            // The log keeps order within each user only.
            .stream()
            .sorted(Comparator.comparing(Event::at).reversed())
            .toList();
    List<Second> seconds =
        feed.perSecond(SECONDS).stream()
            .map(second -> new Second(second.epochSecond(), second.counts()))
            .toList();
    return Json.bytes(new Feed(wanted, seconds, feed.totals()));
  }

  /** Shows how far behind the views are. */
  @GetMapping("/console/nearline")
  View nearline(Page page, HttpServletRequest request) {
    Caller.overview(request);
    return templates.view("nearline", Map.of("page", page, "now", status.snapshot()));
  }
}
