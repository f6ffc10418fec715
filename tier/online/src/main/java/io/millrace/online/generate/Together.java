// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

import io.opentelemetry.context.Context;
import org.slf4j.MDC;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Several pieces of one request's work at once, each on a virtual thread of its own; where one fails, all do. */
public final class Together {

  private Together() {}

  /**
   * Does all work; a single piece on the caller's thread.
   *
   * @param leaveOff called as soon as one has failed, to make the others end; their results are dropped
   * @return the results in the order of the work
   * @throws RuntimeException the first failure
   */
  public static <T> List<T> all(List<Supplier<T>> work, Runnable leaveOff) {
    if (work.size() == 1) {
      return List.of(work.getFirst().get());
    }
    Map<String, String> context = MDC.getCopyOfContextMap();
    Context trace = Context.current();
    List<Future<T>> promised = new ArrayList<>();
    List<T> results = new ArrayList<>();
    RuntimeException[] first = new RuntimeException[1];
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Supplier<T> each : work) {
        promised.add(threads.submit(trace.wrap(() -> {
          MDC.setContextMap(context == null ? Map.of() : context);
          try {
            return each.get();
          } catch (RuntimeException e) {
            synchronized (first) {
              first[0] = first[0] == null ? e : first[0];
            }
            leaveOff.run();
            throw e;
          }
        })));
      }
      for (Future<T> each : promised) {
        results.add(each.get());
      }
    } catch (InterruptedException e) {
      leaveOff.run();
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while several answers were written");
    } catch (ExecutionException e) {
      synchronized (first) {
        throw first[0] == null ? new IllegalStateException(e.getCause()) : first[0];
      }
    }
    return results;
  }
}
