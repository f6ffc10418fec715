// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import io.millrace.core.registry.ArtifactVersion;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;

class SlotTest {

  /** Something that must not be used once it is closed, as native memory must not. */
  private static final class Memory implements AutoCloseable {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicInteger closings = new AtomicInteger();

    int use() {
      if (closed.get()) {
        throw new IllegalStateException("used after it was freed");
      }
      return 1;
    }

    @Override
    public void close() {
      closed.set(true);
      closings.incrementAndGet();
    }
  }

  @Test
  void freesAReplacedModelWhenItsLastUserLeaves() {
    Slot<Memory> slot = new Slot<>();
    Memory first = new Memory();
    slot.replace(first, version(1));
    try (Lease<Memory> inFlight = slot.take().orElseThrow()) {
      slot.replace(new Memory(), version(2));
      assertThat(inFlight.model().use()).isEqualTo(1);
      assertThat(inFlight.version().version()).isEqualTo(1);
      assertThat(slot.version().orElseThrow().version()).isEqualTo(2);
      assertThat(first.closed).isFalse();
    }
    assertThat(first.closed).isTrue();
    slot.close();
    assertThat(slot.take()).isEmpty();
  }

  @Test
  void takesOverAnOpenModelAndFreesOnlyTheOneThatItHad() {
    Slot<Memory> champion = new Slot<>();
    Slot<Memory> canary = new Slot<>();
    Memory old = new Memory();
    Memory won = new Memory();
    champion.replace(old, version(1));
    canary.replace(won, version(2));
    champion.take(canary);
    assertThat(old.closed).isTrue();
    assertThat(won.closed).isFalse();
    assertThat(canary.version()).isEmpty();
    assertThat(champion.version().orElseThrow().version()).isEqualTo(2);
  }

  @Test
  void nobodyEverUsesFreedMemoryAndNothingIsFreedTwice() throws Exception {
    Slot<Memory> slot = new Slot<>();
    List<Memory> all = new ArrayList<>();
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> counts = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        counts.add(
            users.submit(
                () -> {
                  int used = 0;
                  while (!stop.get() || used == 0) {
                    try (Lease<Memory> lease = slot.take().orElse(null)) {
                      used += lease == null ? 0 : lease.model().use();
                    }
                    Thread.yield();
                  }
                  return used;
                }));
      }
      for (int i = 1; i <= 2_000; i++) {
        Memory memory = new Memory();
        all.add(memory);
        slot.replace(memory, version(i));
      }
      stop.set(true);
      for (Future<Integer> count : counts) {
        assertThat(count.get()).isPositive();
      }
    }
    slot.close();
    assertThat(all).allSatisfy(memory -> assertThat(memory.closings).hasValue(1));
  }

  static ArtifactVersion version(int number) {
    return new ArtifactVersion(
        "mill/reader-en", "reader", number, "", List.of(), Map.of(), Map.of(), Map.of(), Instant.EPOCH);
  }
}
