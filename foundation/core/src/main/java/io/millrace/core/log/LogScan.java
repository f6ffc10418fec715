// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Reads what a topic holds now, once. */
public final class LogScan {

  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final int EMPTY_POLLS = 30;

  private LogScan() {}

  /**
   * Reads a topic to where it ends now.
   *
   * @param from offsets to begin at; partitions for which none is given are read from their beginning
   * @param check called between batches; throws to end the scan
   * @param taker of each record, in the order of its partition
   * @throws EventLogUnavailable when the log does not answer, or does not give what it says it has
   */
  public static void read(EventLog log, Topic topic, Map<Integer, Long> from, Runnable check, Consumer<LogRecord> taker) {
    Map<Integer, Long> end = log.end(topic);
    try (LogReader reader = log.reader(topic, from)) {
      int silent = 0;
      while (!reached(reader.position(), end)) {
        check.run();
        List<LogRecord> records = reader.poll(PATIENCE);
        silent = records.isEmpty() ? silent + 1 : 0;
        if (silent > EMPTY_POLLS) {
          throw new EventLogUnavailable(
              "the topic " + topic.name(log.domain()) + " ends at " + end + " but nothing came after " + reader.position(),
              new IllegalStateException("no records"));
        }
        records.forEach(taker);
      }
    }
  }

  private static boolean reached(Map<Integer, Long> position, Map<Integer, Long> end) {
    return end.entrySet().stream().allMatch(e -> position.getOrDefault(e.getKey(), 0L) >= e.getValue());
  }
}
