// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;
import org.springframework.stereotype.Component;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The latest records that could not be processed, read from the log when somebody looks. */
@Component
public final class DeadLetters {

  private static final int MOST = 30;
  private static final Duration FRESH = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final EventLog log;
  // Guarded by this.
  private List<DeadLetter> latest = List.of();
  // Guarded by this: the ends of the topic that the letters above were read up to.
  private Map<Integer, Long> seen = Map.of();
  // Guarded by this.
  private long checkedAt = System.nanoTime() - FRESH.toNanos();

  DeadLetters(EventLog log) {
    this.log = log;
  }

  /** Returns up to 30 letters, latest first; what was known before when the log cannot be reached. */
  public synchronized List<DeadLetter> latest() {
    if (System.nanoTime() - checkedAt >= FRESH.toNanos()) {
      checkedAt = System.nanoTime();
      try {
        read();
      } catch (EventLogUnavailable e) {
        // The health of the log is on the same page, with the reason.
        return latest;
      }
    }
    return latest;
  }

  private void read() {
    Map<Integer, Long> end = log.end(Topic.DEAD_LETTERS);
    if (end.equals(seen)) {
      return;
    }
    Map<Integer, Long> from = new HashMap<>();
    end.forEach((partition, offset) -> from.put(partition, Math.max(0, offset - MOST)));
    List<DeadLetter> letters = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (LogReader reader = log.reader(Topic.DEAD_LETTERS, from)) {
      while (!reached(reader.position(), end) && System.nanoTime() - deadline < 0) {
        for (LogRecord record : reader.poll(Duration.ofMillis(200))) {
          if (record.value() != null) {
            letters.add(Json.read(record.value(), DeadLetter.class));
          }
        }
      }
    }
    latest = letters.reversed().stream().limit(MOST).toList();
    seen = end;
  }

  private static boolean reached(Map<Integer, Long> position, Map<Integer, Long> end) {
    return end.entrySet().stream()
        .allMatch(entry -> position.getOrDefault(entry.getKey(), 0L) >= entry.getValue());
  }
}
