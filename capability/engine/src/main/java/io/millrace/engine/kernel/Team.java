// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.kernel;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that share the loops of one computation; the caller is one of them.
 *
 * <p>A step has some thirty loops of a few tens of microseconds, so the threads spin briefly between loops and park
 * between steps. Parts are taken one by one: where a thread is not scheduled, the others do its share. One caller.
 */
public final class Team implements AutoCloseable {
  /** How often a thread looks for work before it parks: about as long as the serial part between two loops. */
  private static final int SPINS = 2_000;

  /** A part of a loop. */
  public interface Range {
    /** Does {@code from} to {@code to}; no two parts run with the same {@code thread} at a time. */
    void run(int from, int to, int thread);
  }

  private static final class Job {
    private final Range range;
    private final int size;
    private final int part;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    Job(Range range, int size, int part) {
      this.range = range;
      this.size = size;
      this.part = part;
    }

    void work(int thread) {
      for (int from = next.getAndAdd(part); from < size; from = next.getAndAdd(part)) {
        int to = Math.min(size, from + part);
        try {
          range.run(from, to, thread);
        } catch (RuntimeException | Error e) {
          failure.compareAndSet(null, e);
        }
        done.addAndGet(to - from);
      }
    }
  }

  private final List<Thread> others = new ArrayList<>();
  private volatile @Nullable Job job;
  private volatile boolean closed;

  public Team(int threads) {
    for (int i = 1; i < threads; i++) {
      int thread = i;
      others.add(Thread.ofPlatform().daemon().name("engine-" + i).start(() -> loop(thread)));
    }
  }

  public int threads() {
    return others.size() + 1;
  }

  private void loop(int thread) {
    Job last = null;
    int spins = 0;
    while (!closed) {
      Job current = job;
      if (current != null && current != last) {
        last = current;
        current.work(thread);
        spins = 0;
      } else if (++spins < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.park(this);
      }
    }
  }

  /** Runs 0 to size in parts that begin at multiples of {@code align}; small loops stay on the caller's thread. */
  public void run(int size, int align, boolean small, Range range) {
    if (small || others.isEmpty()) {
      range.run(0, size, 0);
      return;
    }
    int parts = threads() * 4;
    int part = Math.max(1, (size + parts * align - 1) / (parts * align)) * align;
    Job mine = new Job(range, size, part);
    job = mine;
    for (Thread t : others) {
      LockSupport.unpark(t); // costs little where the thread is not parked
    }
    mine.work(0);
    for (int spins = 0; mine.done.get() < size; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else {
        Thread.yield();
      }
    }
    Throwable failure = mine.failure.get();
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
  }

  @Override
  public void close() {
    closed = true;
    job = null;
    others.forEach(LockSupport::unpark);
    for (Thread t : others) {
      boolean interrupted = false;
      while (t.isAlive()) {
        try {
          t.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
