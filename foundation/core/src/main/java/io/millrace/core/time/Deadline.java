// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.time;

import java.time.Duration;

/** A moment by which work must be done, on the monotonic clock. */
public final class Deadline {

  /** Never passes. */
  public static final Deadline NONE = new Deadline(Long.MAX_VALUE, false);

  private final long nanoTime;
  private final boolean bounded;

  private Deadline(long nanoTime, boolean bounded) {
    this.nanoTime = nanoTime;
    this.bounded = bounded;
  }

  /** Returns the deadline that lies so far ahead. */
  public static Deadline after(Duration duration) {
    return new Deadline(System.nanoTime() + duration.toNanos(), true);
  }

  /** Returns whether the moment has passed. */
  public boolean expired() {
    return bounded && System.nanoTime() - nanoTime >= 0;
  }

  /** Returns the time left, not negative; about 292 years for {@link #NONE}. */
  public Duration remaining() {
    return bounded ? Duration.ofNanos(Math.max(0, nanoTime - System.nanoTime())) : Duration.ofNanos(Long.MAX_VALUE);
  }

  /** Returns the earlier of this deadline and the one that lies so far ahead: a step's share of a request's time. */
  public Deadline atMost(Duration duration) {
    Deadline other = after(duration);
    return !bounded || other.nanoTime - nanoTime < 0 ? other : this;
  }
}
