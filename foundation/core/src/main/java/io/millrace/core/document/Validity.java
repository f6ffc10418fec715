// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;

/**
 * The time in which a document may be found: from {@code from} on, and before {@code until}. Documents say it in the
 * attributes {@value #FROM} and {@value #UNTIL}.
 *
 * @param from null for always
 * @param until null for ever
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Validity(@Nullable Instant from, @Nullable Instant until) {

  /** Attribute of a document: the first moment at which it may be found. */
  public static final String FROM = "validFrom";

  /** Attribute of a document: the first moment at which it may be found no more. */
  public static final String UNTIL = "validUntil";

  private static final Instant EARLIEST = Instant.ofEpochMilli(Long.MIN_VALUE);
  private static final Instant LATEST = Instant.ofEpochMilli(Long.MAX_VALUE);

  public Validity {
    check(FROM, from);
    check(UNTIL, until);
    if (from != null && until != null && !from.isBefore(until)) {
      throw new IllegalArgumentException(
          UNTIL + " " + until + " is not after " + FROM + " " + from + ": the document could never be found");
    }
  }

  /** Indexes count milliseconds, which do not reach as far as instants do. */
  private static void check(String key, @Nullable Instant time) {
    if (time != null && (time.isBefore(EARLIEST) || time.isAfter(LATEST))) {
      throw new IllegalArgumentException(key + " " + time + " is too far away: leave it out for always");
    }
  }

  /**
   * Returns what a document's attributes say; null when they say nothing.
   *
   * @throws IllegalArgumentException when a value is no time, or the times leave no room, naming them
   */
  public static @Nullable Validity of(Map<String, String> attributes) {
    String from = attributes.get(FROM);
    String until = attributes.get(UNTIL);
    return from == null && until == null ? null : new Validity(time(FROM, from), time(UNTIL, until));
  }

  /** Returns whether a document may be found at a moment. */
  public boolean at(Instant now) {
    return (from == null || !now.isBefore(from)) && !over(now);
  }

  /** Returns whether the time has passed. */
  public boolean over(Instant now) {
    return until != null && !now.isBefore(until);
  }

  /**
   * Reads a time as people write it: {@code 2026-12-31T18:00:00Z}, the same with an offset, or a day, which begins at
   * midnight UTC.
   *
   * @param key named where the value is no time
   * @throws IllegalArgumentException when it is none
   */
  public static @Nullable Instant time(String key, @Nullable String value) {
    if (value == null || value.isBlank()) {
      return null;
    }
    String text = value.strip();
    try {
      return text.length() == "2026-12-31".length()
          ? LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC)
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          key + " '" + value + "' is no time: write a day such as 2026-12-31, or 2026-12-31T18:00:00Z", e);
    }
  }
}
