// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

class EvictionPlanTest {

  private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");
  private static final long MEGABYTE = 1_000_000;

  @Test
  void neverExceedsTheBudgetNorTouchesPinnedDocuments() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      List<EvictionPlan.Item> memory = memory(random, 1 + random.nextInt(60));
      MemoryBudget budget = new MemoryBudget(random.nextInt(50), random.nextInt(40), random.nextInt(40), List.of(), null);
      Set<String> pinned = ids(memory.stream().filter(EvictionPlan.Item::pinned).toList());
      List<EvictionPlan.Item> left = new ArrayList<>(memory);
      List<Eviction> plan;
      do {
        plan = EvictionPlan.of(left, budget, NOW, 1 + random.nextInt(10));
        Set<String> gone = plan.stream().map(Eviction::document).collect(Collectors.toSet());
        assertThat(gone).hasSize(plan.size());
        assertThat(Collections.disjoint(gone, pinned)).isTrue();
        left.removeIf(item -> gone.contains(item.resident().id()));
      } while (!plan.isEmpty());
      boolean onlyPinned = left.stream().allMatch(EvictionPlan.Item::pinned);
      assertThat(onlyPinned || fits(left, budget)).as("round %d: %s of %s under %s", round, left.size(), memory.size(), budget).isTrue();
    }
  }

  @Test
  void dependsOnWhatThereIsAndNotOnItsOrder() {
    Random random = new Random(8);
    for (int round = 0; round < 100; round++) {
      List<EvictionPlan.Item> memory = memory(random, 40);
      MemoryBudget budget = new MemoryBudget(20, 0, 0, List.of(), null);
      List<Eviction> plan = EvictionPlan.of(memory, budget, NOW, 1_000);
      Collections.shuffle(memory, random);
      assertThat(EvictionPlan.of(memory, budget, NOW, 1_000)).isEqualTo(plan);
    }
  }

  @Test
  void leavesOneOfThoseThatSayTheSameAndTakesTheLeastUsedOfTheOthers() {
    List<EvictionPlan.Item> memory = List.of(
        item("copied-a", 9, Set.of("copied-b")),
        item("copied-b", 8, Set.of("copied-a")),
        item("used", 3, Set.of()),
        item("unused", 0, Set.of()),
        item("little", 1, Set.of()));

    List<Eviction> plan = EvictionPlan.of(memory, new MemoryBudget(3, 0, 0, List.of(), null), NOW, 1_000);

    assertThat(plan).extracting(Eviction::document).containsExactly("copied-b", "unused", "little");
    assertThat(plan.getFirst().figures().copies()).isEqualTo(1);
    assertThat(plan.getFirst().reason()).isEqualTo(Reason.DOCUMENTS);
    assertThat(plan.getFirst().figures().use()).isEqualTo(8);
  }

  @Test
  void aNewDocumentIsWorthAClickAndWhatWasBroughtBackGoesLast() {
    EvictionPlan.Item fresh = new EvictionPlan.Item(resident("fresh", NOW, 10), 0, false, false, Set.of());
    EvictionPlan.Item old = new EvictionPlan.Item(resident("old", NOW.minus(Duration.ofDays(300)), 10), 0.9, false, false, Set.of());
    EvictionPlan.Item back = new EvictionPlan.Item(resident("back", NOW.minus(Duration.ofDays(900)), 10), 0, false, true, Set.of());

    assertThat(EvictionPlan.of(List.of(fresh, back, old), new MemoryBudget(1, 0, 0, List.of(), null), NOW, 1_000))
        .extracting(Eviction::document).containsExactly("old", "fresh");
  }

  @Test
  void doesNothingUpToTheBudgetAndMakesSomeRoomBeyondIt() {
    List<EvictionPlan.Item> memory = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      memory.add(item("d" + i, i, Set.of()));
    }
    assertThat(EvictionPlan.of(memory, new MemoryBudget(100, 0, 0, List.of(), null), NOW, 1_000)).isEmpty();
    assertThat(EvictionPlan.of(memory, MemoryBudget.NONE, NOW, 1_000)).isEmpty();
    memory.add(item("one-more", 500, Set.of()));
    assertThat(EvictionPlan.of(memory, new MemoryBudget(100, 0, 0, List.of(), null), NOW, 1_000)).hasSize(6);
  }

  @Test
  void embeddingsOfFewerBitsLeaveRoomForMoreDocuments() {
    List<EvictionPlan.Item> memory = new ArrayList<>();
    for (int i = 0; i < 200; i++) { // each of 50 passages in English
      Resident resident = new Resident("d" + i, 1, 10, 50 * 384, NOW, null, false, 0, List.of());
      memory.add(new EvictionPlan.Item(resident, i, false, false, Set.of()));
    }
    assertThat(left(memory, VectorPrecision.FLOAT)).isEqualTo(21); // 86 kB each: 1.9 MB
    assertThat(left(memory, VectorPrecision.INT8)).isEqualTo(65); // 29 kB each
    assertThat(left(memory, VectorPrecision.INT4)).isEqualTo(98); // 19 kB each
    assertThat(left(memory, VectorPrecision.BIT)).isEqualTo(158); // 12 kB each
  }

  private static int left(List<EvictionPlan.Item> memory, VectorPrecision precision) {
    List<Eviction> plan = EvictionPlan.of(memory, new MemoryBudget(0, 0, 2, List.of(), precision), NOW, 1_000);
    assertThat(plan).allMatch(eviction -> eviction.reason() == Reason.VECTOR_MEGABYTES);
    return memory.size() - plan.size();
  }

  private static boolean fits(List<EvictionPlan.Item> memory, MemoryBudget budget) {
    long bytes = memory.stream().mapToLong(item -> item.resident().bytes()).sum();
    long vectorBytes = memory.stream().mapToLong(item -> item.resident().vectorBytes(budget.vectors())).sum();
    return (budget.documents() == 0 || memory.size() <= budget.documents())
        && (budget.megabytes() == 0 || bytes <= budget.megabytes() * MEGABYTE)
        && (budget.vectorMegabytes() == 0 || vectorBytes <= budget.vectorMegabytes() * MEGABYTE);
  }

  private static Set<String> ids(List<EvictionPlan.Item> items) {
    return items.stream().map(item -> item.resident().id()).collect(Collectors.toSet());
  }

  private static List<EvictionPlan.Item> memory(Random random, int size) {
    Map<String, Set<String>> copies = new HashMap<>();
    for (int pair = random.nextInt(20); pair > 0; pair--) {
      String one = "d" + random.nextInt(size);
      String other = "d" + random.nextInt(size + 5); // some copies are not in memory
      if (!one.equals(other)) {
        copies.computeIfAbsent(one, _ -> new HashSet<>()).add(other);
        copies.computeIfAbsent(other, _ -> new HashSet<>()).add(one);
      }
    }
    List<EvictionPlan.Item> memory = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Instant updated = NOW.minus(Duration.ofDays(random.nextInt(400) - 5));
      memory.add(
          new EvictionPlan.Item(
              resident("d" + i, updated, random.nextInt(2_000_000)), random.nextInt(4), random.nextInt(5) == 0,
              random.nextInt(5) == 0, copies.getOrDefault("d" + i, Set.of())));
    }
    return memory;
  }

  private static EvictionPlan.Item item(String id, double use, Set<String> copies) {
    return new EvictionPlan.Item(resident(id, NOW, 1), use, false, false, copies);
  }

  private static Resident resident(String id, Instant updated, long bytes) {
    return new Resident(id, 1, bytes, bytes / 2, updated, null, false, 0, List.of());
  }
}
