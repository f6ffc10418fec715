// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import io.millrace.online.LastKnown;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The latest records that could not be processed, read from the log every few seconds. */
@Component
public final class DeadLetters implements AutoCloseable {

  private static final int MOST = 30;
  private static final Duration PERIOD = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final EventLog log;
  private final LastKnown<List<DeadLetter>> known;
  // The next two are confined to the thread that asks.
  private List<DeadLetter> latest = List.of();
  // The ends of the topic that the letters above were read up to.
  private Map<Integer, Long> seen = Map.of();

  DeadLetters(EventLog log) {
    this.log = log;
    this.known = new LastKnown<>("dead-letters", List.of(), PERIOD, this::read);
  }

  /** Returns up to 30 letters, latest first; at once, and what was known before when the log cannot be reached. */
  public List<DeadLetter> latest() {
    return known.get().value();
  }

  @Override
  public void close() {
    known.close();
  }

  private List<DeadLetter> read() {
    Map<Integer, Long> end = log.end(Topic.DEAD_LETTERS);
    if (end.equals(seen)) {
      return latest;
    }
    Map<Integer, Long> from = new HashMap<>();
    end.forEach((partition, offset) -> from.put(partition, Math.max(0, offset - MOST)));
    List<DeadLetter> letters = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (LogReader reader = log.reader(Topic.DEAD_LETTERS, from)) {
      while (!reached(reader.position(), end)) {
        if (System.nanoTime() - deadline > 0) {
          // Half of the letters would look like all of them: what was known before is shown until the next look.
          return latest;
        }
        for (LogRecord record : reader.poll(Duration.ofMillis(200))) {
          letter(record).ifPresent(letters::add);
        }
      }
    }
    latest = letters.reversed().stream().limit(MOST).toList();
    seen = end;
    return latest;
  }

  /** A record that is no letter must not hide those that are. */
  private static Optional<DeadLetter> letter(LogRecord record) {
    byte[] value = record.value();
    if (value == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(value, DeadLetter.class));
    } catch (IllegalArgumentException e) {
      return Optional.of(
          new DeadLetter("dead-letters " + record.position(), "this letter cannot be read: " + e.getMessage(), "", record.at()));
    }
  }

  private static boolean reached(Map<Integer, Long> position, Map<Integer, Long> end) {
    return end.entrySet().stream()
        .allMatch(entry -> position.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
  }
}
