// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.security;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.function.LongSupplier;

/** What one key may use: requests by the minute, tokens by the day. */
final class Quota {

  /** No limits. */
  static final Quota NONE = new Quota(0, 0, System::nanoTime);

  private final @Nullable TokenBucket requests;
  private final @Nullable TokenBucket tokens;

  Quota(int requestsPerMinute, long tokensPerDay, LongSupplier nanoTime) {
    this.requests =
        requestsPerMinute == 0 ? null : new TokenBucket(requestsPerMinute, Duration.ofMinutes(1), nanoTime);
    this.tokens = tokensPerDay == 0 ? null : new TokenBucket(tokensPerDay, Duration.ofDays(1), nanoTime);
  }

  /** Counts a request; returns zero when it is allowed, otherwise how long to wait. */
  Duration request() {
    return requests == null ? Duration.ZERO : requests.take(1);
  }

  /** Returns zero when tokens are left, otherwise how long to wait. */
  Duration tokens() {
    return tokens == null ? Duration.ZERO : tokens.take(0);
  }

  void charge(int used) {
    if (tokens != null) {
      tokens.charge(used);
    }
  }
}
