// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.spi.GeneratorBusy;
import io.millrace.core.time.Deadline;
import org.slf4j.MDC;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Threads for work inside native libraries. Such work would pin the few carriers of virtual threads and stall every
 * other request, so requests hand it over and wait, at most until their deadline.
 */
public final class Workers implements AutoCloseable {

  private static final int QUEUE = 256;

  private final ThreadPoolExecutor pool;

  /**
   * Starts the threads.
   *
   * @param threads how many, at least 1
   */
  public Workers(int threads) {
    this.pool =
        new ThreadPoolExecutor(
            threads, threads, 1, TimeUnit.MINUTES, new ArrayBlockingQueue<>(QUEUE),
            Thread.ofPlatform().daemon().name("gateway-work-", 0).factory());
  }

  /**
   * Does work on one of the threads.
   *
   * @throws TimeoutException when it is not done by the deadline; it is told to stop, and its result is dropped
   * @throws GeneratorBusy when too much work waits already
   */
  public <T> T within(Deadline deadline, Callable<T> work) throws TimeoutException {
    Future<T> result;
    try {
      result = pool.submit(traced(work));
    } catch (RejectedExecutionException e) {
      throw new GeneratorBusy(QUEUE + " requests wait for a processor", Duration.ofSeconds(2));
    }
    try {
      return result.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      result.cancel(false);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) {
        throw known;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      result.cancel(false);
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while a step was running");
    }
  }

  /**
   * Lets a thread do work that somebody else does if none gets round to it.
   *
   * @throws RejectedExecutionException when too much work waits already
   */
  public void offer(Runnable work) {
    pool.submit(traced(() -> {
      work.run();
      return null;
    }));
  }

  /** Work on another thread logs under the same trace. */
  private static <T> Callable<T> traced(Callable<T> work) {
    Map<String, String> context = MDC.getCopyOfContextMap();
    return () -> {
      MDC.setContextMap(context == null ? Map.of() : context);
      try {
        return work.call();
      } finally {
        MDC.clear();
      }
    };
  }

  /** Returns how many pieces of work wait. */
  public int waiting() {
    return pool.getQueue().size();
  }

  @Override
  public void close() {
    pool.shutdown();
    try {
      if (!pool.awaitTermination(20, TimeUnit.SECONDS)) {
        pool.shutdownNow();
      }
    } catch (InterruptedException e) {
      pool.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
