// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.event.Event;
import io.millrace.core.spi.Guard;
import io.millrace.online.Limits;
import io.millrace.online.event.EventJournal;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.http.Trace;
import io.millrace.online.model.ServedModels;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * {@code POST /v1/events}: what users did; acknowledged when the log has all of it. Without an acknowledgement some of it
 * may have arrived: events that carry an {@code id} of the client's can be sent again and count once.
 */
@RestController
public final class EventsApi {

  private static final int LONGEST_COMMENT = 2_000;
  private static final int LONGEST_DWELL = 24 * 60 * 60 * 1000;
  private static final Pattern SURFACE = Pattern.compile("[a-z][a-z-]{0,31}");

  private final EventJournal journal;
  private final ServedModels models;
  private final JsonBodies bodies;
  private final Limits limits;

  public EventsApi(EventJournal journal, ServedModels models, JsonBodies bodies, Limits limits) {
    this.journal = journal;
    this.models = models;
    this.bodies = bodies;
    this.limits = limits;
  }

  /** Takes one event, or several under {@code events}. */
  @PostMapping("/v1/events")
  @ResponseStatus(HttpStatus.ACCEPTED)
  public Map<String, Object> accept(HttpServletRequest request) throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    journal.requireRoom();
    Fields body = bodies.object(request);
    List<Fields> given = body.has("events") ? body.objects("events", limits.batch()) : List.of(body);
    if (given.isEmpty()) {
      throw Refusal.badRequest("events", "events is empty: send at least one");
    }
    Guard guard = models.guard();
    List<Event> events = new ArrayList<>();
    for (Fields each : given) {
      events.add(event(each, request, caller, guard));
    }
    journal.appendNow(events);
    return Map.of("accepted", events.size());
  }

  private static Event event(Fields fields, HttpServletRequest request, Caller caller, Guard guard) {
    String type = fields.text("type", 32);
    String named = fields.optionalText("user", 128).orElse(request.getHeader("X-Millrace-User"));
    String user = caller.user(named, guard);
    String id = id(fields, user);
    Instant now = Instant.now();
    String trace = Trace.of(request);
    return switch (type) {
      case "clicked" ->
          new Event.Clicked(
              id, now, trace, user, document(fields, "document"), surface(fields),
              fields.optionalText("exposure", 64).orElse(null),
              fields.integer("dwell_millis", 0, LONGEST_DWELL, 0));
      case "rated" -> {
        if (!fields.has("value")) {
          throw Refusal.badRequest(fields.name("value"), fields.name("value") + " is missing: a number from -1 to 1");
        }
        yield new Event.Rated(
            id, now, trace, user, document(fields, "target"), fields.number("value", -1, 1, 0),
            guard.redact(fields.optionalText("comment", LONGEST_COMMENT).orElse("")).text());
      }
      default ->
          throw Refusal.badRequest(
              fields.name("type"), fields.name("type") + " is '" + type + "': clients send clicked or rated");
    };
  }

  /** The client's identity of the event, kept apart from those of other users, or a new one. */
  private static String id(Fields fields, String user) {
    return fields
        .optionalText("id", 128)
        .map(given -> UUID.nameUUIDFromBytes((user + "\n" + given).getBytes(StandardCharsets.UTF_8)).toString())
        .orElseGet(() -> UUID.randomUUID().toString());
  }

  private static String surface(Fields fields) {
    String surface = fields.optionalText("surface", 32).orElse("api");
    if (!SURFACE.matcher(surface).matches()) {
      throw Refusal.badRequest(
          fields.name("surface"), fields.name("surface") + " is '" + surface + "': use lower-case letters and hyphens");
    }
    return surface;
  }

  /** A trace id has the form of a document's identity too. */
  private static String document(Fields fields, String name) {
    String id = fields.text(name, 512);
    try {
      Document.checkId(id);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(fields.name(name), String.valueOf(e.getMessage()));
    }
    return id;
  }
}
