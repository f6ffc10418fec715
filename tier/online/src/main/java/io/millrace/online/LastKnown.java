// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * What a source that may be slow said last. It is asked again and again on a thread of its own, so that whoever wants
 * to know never waits for it: not even when what the source itself asks, the event log for example, has gone away.
 *
 * @param <T> what the source says; immutable
 */
public final class LastKnown<T> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LastKnown.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final String name;
  private final Supplier<T> source;
  private final Duration period;
  private final Thread asking;
  private volatile Known<T> known;
  private volatile boolean closed;

  /**
   * Begins to ask.
   *
   * @param name of what is asked, for the thread and the log
   * @param unknown what is said until the source has answered for the first time
   * @param period from an answer to the next question
   * @param source may block, and may fail: then what it said before stays, and grows old
   */
  public LastKnown(String name, T unknown, Duration period, Supplier<T> source) {
    this.name = name;
    this.source = source;
    this.period = period;
    this.known = new Known<>(unknown, null);
    this.asking = Thread.ofPlatform().daemon().name("last-known-" + name).start(this::ask);
  }

  /**
   * An answer.
   *
   * @param value what was said
   * @param at when; null when nothing was said yet
   */
  public record Known<T>(T value, @Nullable Instant at) {
    /** Returns how old the answer is; empty of meaning, and zero, before the first. */
    public Duration age() {
      return at == null ? Duration.ZERO : Duration.between(at, Instant.now());
    }
  }

  /** Returns the last answer at once. */
  public Known<T> get() {
    return known;
  }

  @Override
  public void close() {
    closed = true;
    asking.interrupt();
    try {
      asking.join(PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() {
    while (!closed) {
      try {
        known = new Known<>(source.get(), Instant.now());
      } catch (RuntimeException e) {
        LOG.debug("{} does not answer: {}", name, e.toString());
      }
      try {
        Thread.sleep(period);
      } catch (InterruptedException e) {
        return;
      }
    }
  }
}
