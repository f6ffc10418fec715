// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.json.Json;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/** What a status other than 200 means. */
final class RefusalOfUpstream {

  private static final int QUOTED = 300;

  private RefusalOfUpstream() {}

  static RuntimeException of(int status, HttpHeaders headers, String body) {
    String message = "the upstream answered " + status + said(body);
    return switch (status) {
      case 400, 413, 422 -> new IllegalArgumentException(message);
      case 429 -> new UpstreamFailure(Kind.BUSY, message, retryAfter(headers), null);
      case 408, 425 -> new UpstreamFailure(Kind.FAILED, message, retryAfter(headers), null);
      default -> status >= 500
          ? new UpstreamFailure(Kind.FAILED, message, retryAfter(headers), null)
          : new UpstreamFailure(Kind.REFUSED, message + "; see its address, model and key under gateway.upstream");
    };
  }

  /** Returns the message in a body of OpenAI's shape, or else what there is. */
  private static String said(String body) {
    String text = body.strip();
    try {
      JsonNode error = Json.read(body, JsonNode.class).path("error");
      text = error.path("message").asString(error.asString(text));
    } catch (IllegalArgumentException e) {
      // Not JSON: a page of some proxy. It is quoted as it is.
    }
    text = text.replaceAll("[\\p{Cntrl}\\s]+", " ");
    return text.isEmpty() ? "" : ": " + (text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "…");
  }

  /** Seconds, or a date: RFC 9110, section 10.2.3. */
  private static @Nullable Duration retryAfter(HttpHeaders headers) {
    String value = headers.firstValue("Retry-After").orElse("").strip();
    try {
      if (value.matches("[0-9]{1,6}")) {
        return Duration.ofSeconds(Long.parseLong(value));
      }
      Duration left = Duration.between(Instant.now(), ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
      return left.isNegative() ? Duration.ZERO : left;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
