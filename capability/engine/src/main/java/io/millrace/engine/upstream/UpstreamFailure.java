// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;

/** The upstream did not answer as it should; what it had said by then is incomplete. */
public final class UpstreamFailure extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    /** It has too much to do (429). */
    BUSY(true, false),
    /** It failed inside (5xx). */
    FAILED(true, true),
    /** It was silent for too long. */
    SILENT(true, true),
    /** The connection broke, or what came makes no sense. */
    BROKEN(true, true),
    /** It knows neither key, model nor address (401, 403, 404 and the like). */
    REFUSED(false, true),
    /** It failed too often and is left alone for a while. */
    LEFT_ALONE(false, false),
    /** The budget of this day is spent. */
    SPENT(false, false);

    private final boolean worthARetry;
    private final boolean itsFault;

    Kind(boolean worthARetry, boolean itsFault) {
      this.worthARetry = worthARetry;
      this.itsFault = itsFault;
    }

    /** Whether another attempt may succeed, as long as nothing was said yet. */
    boolean worthARetry() {
      return worthARetry;
    }

    /** Whether it speaks against the server. */
    boolean itsFault() {
      return itsFault;
    }
  }

  private final Kind kind;
  private final transient @Nullable Duration retryAfter;

  UpstreamFailure(Kind kind, String message, @Nullable Duration retryAfter, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }

  UpstreamFailure(Kind kind, String message) {
    this(kind, message, null, null);
  }

  /** Returns what went wrong. */
  public Kind kind() {
    return kind;
  }

  /** Returns when it is worth asking again, where that is known. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
