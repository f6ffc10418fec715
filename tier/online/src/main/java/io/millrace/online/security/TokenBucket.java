// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * An allowance that refills steadily. It may be overdrawn by one charge whose size was not known before; then it has
 * to refill above zero before anything more is allowed.
 */
final class TokenBucket {

  private final double capacity;
  private final double perNano;
  private final LongSupplier nanoTime;
  // Both guarded by this.
  private double level;
  private long asOf;

  /**
   * A full bucket.
   *
   * @param capacity the most it holds
   * @param period in which an empty one fills up
   */
  TokenBucket(double capacity, Duration period, LongSupplier nanoTime) {
    this.capacity = capacity;
    this.perNano = capacity / period.toNanos();
    this.nanoTime = nanoTime;
    this.level = capacity;
    this.asOf = nanoTime.getAsLong();
  }

  /** Takes so much; returns zero when it was there, otherwise how long to wait, having taken nothing. */
  synchronized Duration take(double amount) {
    refill();
    if (level >= amount) {
      level -= amount;
      return Duration.ZERO;
    }
    return Duration.ofNanos((long) Math.ceil((amount - level) / perNano));
  }

  /** Takes so much, even if it is not there. */
  synchronized void charge(double amount) {
    refill();
    level -= amount;
  }

  /** Returns what is there, not negative. */
  synchronized long left() {
    refill();
    return (long) Math.max(0, level);
  }

  private void refill() {
    long now = nanoTime.getAsLong();
    level = Math.min(capacity, level + (now - asOf) * perNano);
    asOf = now;
  }
}
