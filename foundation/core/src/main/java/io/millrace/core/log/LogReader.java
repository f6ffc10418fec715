// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.log;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Reads a topic in order from given offsets. Confined to one thread; closing it from another one wakes it up. */
public interface LogReader extends AutoCloseable {

  /**
   * Waits for records, at most so long.
   *
   * @return in partition order; empty when none came in time or the reader was closed
   * @throws EventLogUnavailable when the log cannot be reached for longer than its configured patience
   */
  List<LogRecord> poll(Duration atMost);

  /** Returns, for each partition, the offset of the next record to be returned: store it to continue from here. */
  Map<Integer, Long> position();

  /** Returns how many offsets lie between the position and the end of the log. */
  long lag();

  @Override
  void close();
}
