// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.engine.upstream.UpstreamFailure.Kind;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Whether and when a server is asked again: breaker and retries of all requests to it. */
final class Attempts {

  private static final Duration PATIENCE = Duration.ofMillis(20);

  private final UpstreamSettings settings;
  private final Duration pause;
  private final CircuitBreaker breaker;
  private final Retry retry;
  private final AtomicLong retries = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile long pausedSince;
  private volatile String lastFailure = "";

  /** One attempt. */
  interface Attempt<T> {
    T run() throws InterruptedException;
  }

  Attempts(UpstreamSettings settings, UpstreamSettings.Breaker opening, UpstreamSettings.Retries patience) {
    this.settings = settings;
    this.pause = Duration.ofMillis(opening.pause());
    this.breaker =
        CircuitBreaker.of(
            "upstream",
            CircuitBreakerConfig.custom()
                .slidingWindowType(CircuitBreakerConfig.SlidingWindowType.COUNT_BASED)
                .slidingWindowSize(opening.window())
                .minimumNumberOfCalls(opening.window())
                .failureRateThreshold(opening.failurePercent())
                .waitDurationInOpenState(pause)
                .permittedNumberOfCallsInHalfOpenState(2)
                .build());
    breaker.getEventPublisher().onStateTransition(event -> pausedSince = System.nanoTime());
    IntervalFunction growing =
        IntervalFunction.ofExponentialRandomBackoff(
            Duration.ofMillis(patience.firstWait()), 2.0, 0.5, Duration.ofMillis(patience.longestWait()));
    this.retry =
        Retry.of(
            "upstream",
            RetryConfig.custom()
                .maxAttempts(patience.attempts())
                .retryOnException(failure -> worthWaiting(failure, patience))
                .intervalBiFunction((attempt, outcome) -> {
                  long own = growing.apply(attempt);
                  return outcome.isLeft() && outcome.getLeft() instanceof UpstreamFailure failure
                      ? Math.max(own, failure.retryAfter().map(Duration::toMillis).orElse(0L))
                      : own;
                })
                .build());
  }

  /**
   * Tries until it works, is no use, or nobody waits any more.
   *
   * @param begun whether something was said already, so that the answer cannot begin anew
   */
  <T> T run(GenerationRequest request, BooleanSupplier begun, Attempt<T> attempt)
      throws InterruptedException {
    Retry.AsyncContext<T> context = retry.asyncContext();
    while (true) {
      try {
        T result = guarded(attempt);
        context.onComplete();
        return result;
      } catch (UpstreamFailure failure) {
        long millis = begun.getAsBoolean() ? -1 : context.onError(failure);
        if (millis < 0 || request.deadline().remaining().toMillis() <= millis || !rest(millis, request)) {
          throw failure;
        }
        retries.incrementAndGet();
      }
    }
  }

  boolean reachable() {
    return breaker.getState() != CircuitBreaker.State.OPEN || pauseLeft().isZero();
  }

  long retries() {
    return retries.get();
  }

  long failures() {
    return failures.get();
  }

  private <T> T guarded(Attempt<T> attempt) throws InterruptedException {
    if (!breaker.tryAcquirePermission()) {
      throw new UpstreamFailure(
          Kind.LEFT_ALONE,
          "the upstream " + settings.url() + " failed too often and is left alone for " + pauseLeft().toMillis()
              + " ms; the last time: " + lastFailure,
          pauseLeft(), null);
    }
    long from = System.nanoTime();
    boolean told = false;
    try {
      T result = attempt.run();
      breaker.onSuccess(System.nanoTime() - from, TimeUnit.NANOSECONDS);
      told = true;
      return result;
    } catch (UpstreamFailure failure) {
      if (failure.kind().itsFault()) {
        failures.incrementAndGet();
        lastFailure = String.valueOf(failure.getMessage());
        breaker.onError(System.nanoTime() - from, TimeUnit.NANOSECONDS, failure);
        told = true;
      }
      throw failure;
    } finally {
      if (!told) {
        breaker.releasePermission();
      }
    }
  }

  private Duration pauseLeft() {
    Duration passed = Duration.ofNanos(System.nanoTime() - pausedSince);
    Duration left = pause.minus(passed);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static boolean worthWaiting(Throwable failure, UpstreamSettings.Retries patience) {
    return failure instanceof UpstreamFailure known
        && known.kind().worthARetry()
        && known.retryAfter().map(wait -> wait.toMillis() <= patience.longestWait()).orElse(true);
  }

  /** Waits; false when nobody waits for the answer any more. */
  private static boolean rest(long millis, GenerationRequest request) throws InterruptedException {
    long from = System.nanoTime();
    while (System.nanoTime() - from < TimeUnit.MILLISECONDS.toNanos(millis)) {
      if (request.cancelled().getAsBoolean() || request.deadline().expired()) {
        return false;
      }
      Thread.sleep(PATIENCE);
    }
    return true;
  }
}
