// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;

import java.util.Objects;

/** Opens the event log, whichever size it has. */
public final class EventLogs {

  private EventLogs() {}

  /**
   * Opens the event log and makes the topics that are missing.
   *
   * @throws DirectoryInUse when another process runs a broker on the directory
   * @throws EventLogUnavailable when the broker cannot be started or reached
   */
  public static EventLog open(EventLogSettings settings) {
    if (settings.directory() == null) {
      String servers = Objects.requireNonNull(settings.bootstrapServers());
      return KafkaEventLog.connect(
          settings.domain(), servers, settings.client(), settings.replication(), settings.patience(), () -> {});
    }
    EmbeddedKafka broker = EmbeddedKafka.start(settings.directory(), settings.port());
    try {
      return KafkaEventLog.connect(
          settings.domain(), broker.bootstrapServers(), settings.client(), 1, settings.patience(), broker::close, broker::trouble);
    } catch (RuntimeException e) {
      broker.close();
      throw e;
    }
  }
}
