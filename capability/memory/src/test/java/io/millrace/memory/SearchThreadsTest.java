// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class SearchThreadsTest {

  private static final Executor BUSY = _ -> {};

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    other.shutdownNow();
  }

  @Test
  void whoAsksDoesWhatNobodyHasBegun() throws IOException {
    assertThat(new SearchThreads.Piece<>(null, Thread::currentThread).get()).isEqualTo(Thread.currentThread());
    assertThat(new SearchThreads.Piece<>(BUSY, Thread::currentThread).get()).isEqualTo(Thread.currentThread());
  }

  @Test
  void whatHasBegunElsewhereIsDoneOnce() throws Exception {
    AtomicInteger times = new AtomicInteger();
    CountDownLatch begun = new CountDownLatch(1);
    var piece =
        new SearchThreads.Piece<>(
            other,
            () -> {
              begun.countDown();
              times.incrementAndGet();
              return Thread.currentThread();
            });
    begun.await();

    assertThat(piece.get()).isNotEqualTo(Thread.currentThread());
    assertThat(piece.get()).isNotEqualTo(Thread.currentThread());
    assertThat(times).hasValue(1);
  }

  static List<Throwable> failures() {
    return List.of(new IOException("disk"), new IllegalStateException("closed"), new StackOverflowError("deep"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void failuresComeAsTheyWere(Throwable failure) {
    var piece =
        new SearchThreads.Piece<>(
            other,
            () -> {
              if (failure instanceof Error error) {
                throw error;
              }
              throw (Exception) failure;
            });
    assertThatThrownBy(piece::get).isSameAs(failure);
  }

  @Test
  void whoIsInterruptedStopsWaiting() {
    CountDownLatch begun = new CountDownLatch(1);
    var piece =
        new SearchThreads.Piece<>(
            other,
            () -> {
              begun.countDown();
              new CountDownLatch(1).await();
              return "never";
            });
    assertThatThrownBy(
            () -> {
              begun.await();
              Thread.currentThread().interrupt();
              piece.get();
            })
        .isInstanceOf(IOException.class).hasMessageContaining("interrupted");
    assertThat(Thread.interrupted()).isTrue();
  }
}
