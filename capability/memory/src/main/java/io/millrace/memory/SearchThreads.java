// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.index.IndexReader;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;

/**
 * Threads among which the parts of one search of a large index are shared out. Whoever searches takes part: what no thread has begun by
 * the time it is needed is done by the one that needs it, so that searches never wait for each other where all processors are busy.
 */
final class SearchThreads {

  /** Smaller indexes are searched by one thread; a guess, only 100,000 and a million passages were measured. */
  static final int WORTH_SHARING = 50_000;

  static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /** One for the whole process, however many indexes it has: there are no more processors. Idle threads cost nothing. */
  private static final Executor SHARED =
      Executors.newFixedThreadPool(PROCESSORS, Thread.ofPlatform().daemon().name("search-", 0).factory());

  private SearchThreads() {}

  /** Returns the threads that share a search of a snapshot; null where one does all of it. */
  static @Nullable Executor of(IndexReader reader) {
    return PROCESSORS > 1 && reader.maxDoc() >= WORTH_SHARING ? SHARED : null;
  }

  /** A piece of a search that may be going on elsewhere. */
  static final class Piece<T> {
    private final FutureTask<T> task;

    /** Begins a piece where there are threads for it; otherwise it is done when it is asked for. */
    Piece(@Nullable Executor threads, Callable<T> work) {
      this.task = new FutureTask<>(work);
      if (threads != null) {
        threads.execute(task);
      }
    }

    /** Returns what the piece came to, after doing it if nobody has begun to. */
    T get() throws IOException {
      task.run();
      try {
        return task.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while searching", e);
      } catch (ExecutionException e) {
        switch (e.getCause()) {
          case IOException failure -> throw failure;
          case RuntimeException failure -> throw failure;
          case Error failure -> throw failure;
          case null, default -> throw new IOException(e.getCause());
        }
      }
    }
  }
}
