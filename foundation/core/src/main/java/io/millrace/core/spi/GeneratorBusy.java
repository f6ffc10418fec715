// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import java.time.Duration;

/** The generator's queue is full; nothing was generated. */
public final class GeneratorBusy extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public GeneratorBusy(String message, Duration retryAfter) {
    super(message);
    this.retryAfter = retryAfter;
  }

  /** Returns when a place in the queue is likely to be free. */
  public Duration retryAfter() {
    return retryAfter;
  }
}
