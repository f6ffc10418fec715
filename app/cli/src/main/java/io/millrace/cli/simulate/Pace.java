// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Spreads all users' requests evenly in time. Slots are given out in the order asked for; a slow gateway does not
 * lower the rate until every user waits for it.
 */
final class Pace {

  private final long interval;
  private final long end;
  private long next = System.nanoTime();

  Pace(double rate, Duration duration) {
    this.interval = (long) (1e9 / rate);
    this.end = next + duration.toNanos();
  }

  /** Waits for the next slot; returns false when there is none before the end. */
  boolean await() throws InterruptedException {
    long slot;
    synchronized (this) {
      slot = Math.max(next, System.nanoTime());
      next = slot + interval;
    }
    if (slot - end >= 0) {
      return false;
    }
    TimeUnit.NANOSECONDS.sleep(slot - System.nanoTime());
    return true;
  }

  boolean over() {
    return System.nanoTime() - end >= 0;
  }
}
