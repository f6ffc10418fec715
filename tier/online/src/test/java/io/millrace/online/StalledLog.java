// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Topic;

import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A log that, like one whose brokers are gone, lets those who ask for its ends wait; until it is told to go on. */
final class StalledLog extends ForwardingLog {

  private final CountDownLatch back = new CountDownLatch(1);
  private volatile boolean stalled;

  StalledLog(EventLog log) {
    super(log);
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
    return super.end(topic);
  }
}
