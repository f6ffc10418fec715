// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** A log that does what another one does, but for what a test has go wrong; it owns the other. */
abstract class ForwardingLog implements EventLog {
  private final EventLog log;

  ForwardingLog(EventLog log) {
    this.log = log;
  }

  @Override
  public CompletableFuture<Position> append(Topic topic, String key, byte @Nullable [] value) {
    return log.append(topic, key, value);
  }

  @Override
  public Map<Integer, Long> end(Topic topic) {
    return log.end(topic);
  }

  @Override
  public Map<Integer, Long> begin(Topic topic) {
    return log.begin(topic);
  }

  @Override
  public String identity(Topic topic) {
    return log.identity(topic);
  }

  @Override
  public LogReader reader(Topic topic, Map<Integer, Long> from) {
    return log.reader(topic, from);
  }

  @Override
  public Map<String, String> connection() {
    return log.connection();
  }

  @Override
  public String domain() {
    return log.domain();
  }

  @Override
  public void close() {
    log.close();
  }
}
