// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class DecayTest {

  private static final Instant MONDAY = Instant.parse("2026-01-05T00:00:00Z");
  private final Decay daily = new Decay(Duration.ofDays(1));

  @Test
  void halvesWithEachHalfLife() {
    assertThat(daily.worth(8, MONDAY, MONDAY.plus(Duration.ofDays(3)))).isEqualTo(1);
  }

  @Test
  void doesNotDependOnTheOrderInWhichAmountsCome() {
    Instant tuesday = MONDAY.plus(Duration.ofDays(1));
    Map<String, Double> inOrder = daily.add(daily.add(Map.of(), MONDAY, "a", 1, MONDAY, 9), MONDAY, "b", 1, tuesday, 9);
    Map<String, Double> reversed =
        daily.add(daily.add(Map.of(), tuesday, "b", 1, tuesday, 9), tuesday, "a", 1, MONDAY, 9);
    assertThat(inOrder).isEqualTo(reversed).containsEntry("a", 0.5).containsEntry("b", 1.0);
  }

  @Test
  void dropsTheSmallestCountsFirst() {
    Map<String, Double> counts = new HashMap<>();
    for (int i = 1; i <= 5; i++) {
      counts = daily.add(counts, MONDAY, "k" + i, i, MONDAY, 3);
    }
    assertThat(counts).containsOnlyKeys("k3", "k4", "k5");
    assertThat(counts.get("k5")).isCloseTo(5, within(1e-9));
  }
}
