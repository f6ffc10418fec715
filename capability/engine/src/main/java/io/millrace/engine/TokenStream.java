// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.Generation.Finish;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The tokens of one request as they are written; read by the thread that asked, filled by the engine's. */
public final class TokenStream {
  private record Written(int token, @Nullable TokenScores scores) {
    boolean isEnd() {
      return token < 0;
    }
  }

  private static final Written END = new Written(-1, null);

  // Holds at most the request's max tokens and the end, so a slow reader never holds up the engine.
  private final BlockingQueue<Written> tokens = new LinkedBlockingQueue<>();
  private volatile boolean cancelled;
  private volatile @Nullable Finish finish;
  private volatile @Nullable Throwable failure;
  private volatile int cachedTokens;
  private @Nullable TokenScores scores; // the reader's
  private boolean ended; // the reader's

  /**
   * Waits for the next token; empty when none came in time or the answer has ended, see {@link #ended}.
   *
   * @throws IllegalStateException when the engine failed
   */
  public OptionalInt next(Duration patience) throws InterruptedException {
    if (ended) {
      return OptionalInt.empty();
    }
    Written written = tokens.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
    if (written == null) {
      return OptionalInt.empty();
    }
    if (written.isEnd()) {
      ended = true;
      Throwable t = failure;
      if (t != null) {
        throw new IllegalStateException("generation failed: " + t.getMessage(), t);
      }
      return OptionalInt.empty();
    }
    scores = written.scores;
    return OptionalInt.of(written.token);
  }

  /** Scores of the token that was read last, if the request asked for them. */
  public @Nullable TokenScores scores() {
    return scores;
  }

  /** Whether the last token was read. */
  public boolean ended() {
    return ended;
  }

  /** Why the answer ended; null before. */
  public @Nullable Finish finish() {
    return finish;
  }

  /** Tokens of the prompt that an earlier request had read already; final once a token has come. */
  public int cachedTokens() {
    return cachedTokens;
  }

  /** Asks the engine to leave off. */
  public void cancel() {
    cancelled = true;
  }

  boolean isCancelled() {
    return cancelled;
  }

  void cachedTokens(int count) {
    cachedTokens = count;
  }

  void add(int token, @Nullable TokenScores scores) {
    tokens.add(new Written(token, scores));
  }

  void end(Finish why) {
    finish = why;
    tokens.add(END);
  }

  void fail(Throwable t) {
    failure = t;
    tokens.add(END);
  }
}
