// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.engine;

import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * How fast this machine reads memory here and now: all threads sum their shares of more than a cache holds. The
 * limit of a decode step, which reads every weight once. The memory is given back when it is closed.
 */
final class ReadBandwidth implements AutoCloseable {
  /** More than any cache holds. */
  static final long GIGABYTE = 1L << 30;

  private static final int TIMES = 5;
  private static final VectorSpecies<Long> WORDS = LongVector.SPECIES_PREFERRED;

  private final Arena arena = Arena.ofShared();
  private final List<MemorySegment> shares = new ArrayList<>();
  private final ExecutorService readers;

  /**
   * Takes memory, writes it, and reads it for the first time.
   *
   * @param bytes of all threads together
   */
  ReadBandwidth(int threads, long bytes) {
    readers = Executors.newFixedThreadPool(threads);
    for (int t = 0; t < threads; t++) {
      MemorySegment share = arena.allocate(bytes / threads / 4096 * 4096, 4096);
      share.fill((byte) (t + 1)); // pages that were never written are all one page of zeros
      shares.add(share);
    }
    best(); // compiles
  }

  /** Bytes a second, the best of several times. */
  double best() {
    double best = 0;
    for (int i = 0; i < TIMES; i++) {
      long begin = System.nanoTime();
      long bytes = 0;
      List<Future<Long>> sums = new ArrayList<>();
      for (MemorySegment share : shares) {
        sums.add(readers.submit(() -> sum(share)));
        bytes += share.byteSize();
      }
      for (int t = 0; t < sums.size(); t++) {
        check(sums.get(t), shares.get(t), t);
      }
      best = Math.max(best, bytes / ((System.nanoTime() - begin) / 1e9));
    }
    return best;
  }

  private static void check(Future<Long> sum, MemorySegment share, int thread) {
    long expected = share.byteSize() / Long.BYTES * ((thread + 1L) & 0xff) * 0x0101010101010101L;
    try {
      if (sum.get() != expected) {
        throw new IllegalStateException("summed " + sum.get() + " in place of " + expected);
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException("memory could not be read", e);
    }
  }

  /** Four sums, so that no addition waits for the one before. */
  private static long sum(MemorySegment share) {
    int step = WORDS.vectorByteSize();
    LongVector a = LongVector.zero(WORDS);
    LongVector b = a;
    LongVector c = a;
    LongVector d = a;
    for (long at = 0; at < share.byteSize(); at += 4L * step) {
      a = a.add(LongVector.fromMemorySegment(WORDS, share, at, ByteOrder.LITTLE_ENDIAN));
      b = b.add(LongVector.fromMemorySegment(WORDS, share, at + step, ByteOrder.LITTLE_ENDIAN));
      c = c.add(LongVector.fromMemorySegment(WORDS, share, at + 2L * step, ByteOrder.LITTLE_ENDIAN));
      d = d.add(LongVector.fromMemorySegment(WORDS, share, at + 3L * step, ByteOrder.LITTLE_ENDIAN));
    }
    return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
  }

  @Override
  public void close() {
    readers.shutdownNow();
    readers.close();
    arena.close();
  }
}
