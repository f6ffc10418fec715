// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passages;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.Topic;

import java.time.Duration;
import java.util.Map;

/** Cuts documents of the log into passages, which the nearline tier does in production. */
final class Passaging implements AutoCloseable {

  private final EventLog log;
  private final LogReader reader;
  private final Thread thread;

  Passaging(EventLog log) {
    this.log = log;
    this.reader = log.reader(Topic.DOCUMENTS, Map.of());
    this.thread = Thread.ofPlatform().daemon().name("passaging").start(this::run);
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        for (LogRecord record : reader.poll(Duration.ofMillis(100))) {
          byte[] value = record.value();
          byte[] passages =
              value == null ? null : Json.bytes(Passages.of(Json.read(value, Document.class)));
          log.append(Topic.PASSAGES, record.key(), passages).join();
        }
      }
    } catch (EventLogUnavailable | java.util.concurrent.CompletionException e) {
      // The test closed or stopped the log.
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    thread.interrupt();
    reader.close();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
