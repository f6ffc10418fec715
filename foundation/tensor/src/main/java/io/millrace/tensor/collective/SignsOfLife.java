// SPDX-License-Identifier: Apache-2.0
package io.millrace.tensor.collective;

import io.millrace.tensor.Scope;
import org.bytedeco.pytorch.Store;
import org.bytedeco.pytorch.StringVector;
import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Knows which rank is gone: every rank counts upwards in the store twice a second, and watches the others count.
 *
 * <p>An exchange that fails or waits says nothing about who is to blame, since the ranks that see it first take the
 * others with them. So whoever finds the culprit writes its name into the store, and everybody says that name. The
 * store lives in rank 0: while rank 0 gives up, it stays for a moment, so that the others can read the verdict.
 */
final class SignsOfLife implements AutoCloseable {
  private static final long BEAT = 500_000_000L;

  /** A rank that has been silent for so long is gone, whatever else there is to see. */
  private static final long SILENCE = 15_000_000_000L;

  /** The same once an exchange has failed, which is a sign of its own. */
  private static final long SILENCE_AFTER_FAILURE = 3_000_000_000L;

  /** What a rank may still have on its way to others when it leaves. */
  private static final long GRACE = 5_000_000_000L;

  /** How long a failed exchange looks for the culprit. */
  private static final long SEARCH = 12_000_000_000L;

  private static final String VERDICT = "/verdict";
  private final Store store;
  private final String name;
  private final int rank;
  private final int size;
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean suspicious;
  private volatile long lastRound = System.nanoTime();
  private volatile @Nullable String verdict;
  private volatile @Nullable String absent;

  /** Begins to count and to watch; {@code store} is used by nobody else, {@code name} by no other group. */
  SignsOfLife(Store store, String name, int rank, int size) {
    this.store = Scope.keep(store);
    this.name = name;
    this.rank = rank;
    this.size = size;
    this.thread = Thread.ofPlatform().daemon().name("signs-of-life-" + rank).start(this::watch);
  }

  private void watch() {
    long[] counts = new long[size];
    long[] changed = new long[size];
    long[] left = new long[size];
    Arrays.fill(changed, System.nanoTime());
    int failures = 0;
    while (!closed && verdict == null) {
      try (Scope _ = Scope.open()) {
        round(counts, changed, left);
        lastRound = System.nanoTime();
        failures = 0;
      } catch (RuntimeException e) {
        // Once may be a hiccup of the connection.
        if (++failures > 1) {
          verdict = "rank 0 of %d is gone: its store does not answer".formatted(size);
        }
      }
      if (!closed) {
        LockSupport.parkNanos(BEAT);
      }
    }
  }

  private void round(long[] counts, long[] changed, long[] left) {
    store.add(name + "/alive/" + rank, 1);
    if (store.check(new StringVector(name + VERDICT))) {
      verdict = store.get_to_str(name + VERDICT);
      return;
    }
    for (int other = 0; other < size; other++) {
      long now = System.nanoTime();
      long count = other == rank ? counts[other] + 1 : store.add(name + "/alive/" + other, 0);
      if (count != counts[other]) {
        counts[other] = count;
        changed[other] = now;
        continue;
      }
      boolean gone = now - changed[other] > (suspicious ? SILENCE_AFTER_FAILURE : SILENCE);
      if (left[other] != 0 || store.check(new StringVector(name + "/left/" + other))) {
        left[other] = left[other] == 0 ? now : left[other];
        departed(other, now - left[other]);
      } else if (gone) {
        blame("rank %d of %d is gone: no sign of life for %d s"
            .formatted(other, size, (now - changed[other]) / 1_000_000_000L));
      }
    }
  }

  /** A rank that left is missed only by those who wait for it, so that the end of a run is no failure. */
  private void departed(int other, long since) {
    if (suspicious || since > GRACE) {
      absent = "rank %d of %d left the group".formatted(other, size);
      if (suspicious) {
        blame(absent);
      }
    }
  }

  private void blame(String culprit) {
    store.set(name + VERDICT, culprit);
    verdict = culprit;
  }

  /** Says who is gone, if this is known; for an exchange that is waiting. */
  @Nullable String lost() {
    if (verdict != null) {
      return verdict;
    }
    if (absent != null) {
      return absent;
    }
    long silent = System.nanoTime() - lastRound;
    return silent > SILENCE
        ? "rank 0 of %d is gone: its store has not answered for %d s".formatted(size, silent / 1_000_000_000L)
        : null;
  }

  /** Says who is gone, after an exchange failed; null if all ranks show signs of life. */
  @Nullable String culprit() {
    suspicious = true;
    long until = System.nanoTime() + SEARCH;
    while (lost() == null && System.nanoTime() < until && !closed) {
      LockSupport.parkNanos(BEAT / 10);
    }
    String found = lost();
    if (found != null && rank == 0) {
      LockSupport.parkNanos(3 * BEAT);
    }
    return found;
  }

  /** Tells the others that this rank leaves on purpose, and stops watching. */
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try (Scope _ = Scope.open()) {
      thread.join(2 * BEAT / 1_000_000);
      if (thread.isAlive()) {
        return; // it hangs in the store, which must not be freed under it
      }
      if (verdict == null) {
        store.set(name + "/left/" + rank, "");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    } catch (RuntimeException e) {
      // The store is gone, and with it those who could be told.
    }
    Scope.free(store);
  }
}
