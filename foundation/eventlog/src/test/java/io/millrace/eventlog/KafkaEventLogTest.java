// SPDX-License-Identifier: Apache-2.0
package io.millrace.eventlog;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogContract;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.Topic;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KafkaEventLogTest extends EventLogContract {

  @TempDir static Path directory;
  private static EventLog log;

  @BeforeAll
  static void open() {
    log = EventLogs.open(EventLogSettings.embedded("contract", directory));
  }

  @AfterAll
  static void close() {
    log.close();
  }

  @Override
  protected EventLog log() {
    return log;
  }

  @Test
  void keepsDomainsApartOnOneBroker() {
    try (EventLog other =
        EventLogs.open(
            EventLogSettings.external("poetry", log.connection().get("bootstrap.servers"), Map.of()))) {
      other.append(Topic.RANKER, "default", bytes("{}")).join();
      try (LogReader reader = other.reader(Topic.RANKER, Map.of())) {
        assertThat(read(reader, 1)).hasSize(1);
      }
      assertThat(other.end(Topic.RANKER)).containsEntry(0, 1L);
      assertThat(log.end(Topic.RANKER)).containsEntry(0, 0L);
      assertThat(other.identity(Topic.RANKER)).isNotEqualTo(log.identity(Topic.RANKER));
    }
  }

  @Test
  void knowsItsTopicsAgain() {
    try (EventLog again =
        EventLogs.open(EventLogSettings.external("contract", log.connection().get("bootstrap.servers"), Map.of()))) {
      assertThat(again.identity(Topic.DOCUMENTS)).isEqualTo(log.identity(Topic.DOCUMENTS));
    }
  }

  @Test
  void saysWhichServersDoNotAnswerAndWhatToDo() {
    EventLogSettings nowhere =
        EventLogSettings.external("lost", "127.0.0.1:1", Map.of()).withPatience(Duration.ofMillis(300));
    assertThatThrownBy(() -> EventLogs.open(nowhere))
        .isInstanceOf(EventLogUnavailable.class)
        .hasMessageContaining("127.0.0.1:1")
        .hasMessageContaining("check that the brokers run");
  }

  @Test
  void refusesClientPropertiesThatMakeNoSense() {
    assertThatThrownBy(
            () ->
                EventLogs.open(
                    EventLogSettings.external("lost", "127.0.0.1:1", Map.of("security.protocol", "CARRIER_PIGEON"))))
        .isInstanceOf(EventLogUnavailable.class)
        .hasMessageContaining("client properties");
  }
}
