// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** A log that, like one whose brokers are gone, lets those who ask for its ends wait; until it is told to go on. */
final class StalledLog implements EventLog {

  private final EventLog log;
  private final CountDownLatch back = new CountDownLatch(1);
  private volatile boolean stalled;

  StalledLog(EventLog log) {
    this.log = log;
  }

  void stall() {
    stalled = true;
  }

  void goOn() {
    back.countDown();
  }

  @Override
  public Map<Integer, Long> end(Topic topic) {
    if (stalled) {
      try {
        back.await();
      } catch (InterruptedException e) {
        throw new EventLogUnavailable("interrupted", e);
      }
    }
    return log.end(topic);
  }

  @Override
  public CompletableFuture<Position> append(Topic topic, String key, byte @Nullable [] value) {
    return log.append(topic, key, value);
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
