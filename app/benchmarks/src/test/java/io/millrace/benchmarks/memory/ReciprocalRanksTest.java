// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class ReciprocalRanksTest {

  @Test
  void whatBothRankingsHoldStandsAboveWhatOneHoldsAlone() {
    // a: 1/61; b: 1/62 + 1/63; c: 1/61; d: 1/62; e: 1/63
    assertThat(ReciprocalRanks.fuse(List.of(List.of("a", "b", "e"), List.of("c", "d", "b")))).containsExactly("b", "a", "c", "d", "e");
  }

  @Test
  void ranksOfManyPlacesWeighLittleLessThanThoseOfFew() {
    // With k = 60 the third and the fourth (1/63 + 1/64 = .0315) are worth more than the first and the tenth (1/61 + 1/70 = .0307).
    List<String> first = List.of("uneven", "x1", "even", "x2");
    List<String> second = List.of("y1", "y2", "y3", "even", "y4", "y5", "y6", "y7", "y8", "uneven");
    assertThat(ReciprocalRanks.fuse(List.of(first, second))).startsWith("even", "uneven");
  }

  @Test
  void fusesEachQueryByItself() {
    assertThat(ReciprocalRanks.fuse(Map.of("q", List.of("a", "b"), "r", List.of("c")), Map.of("q", List.of("b"))))
        .isEqualTo(Map.of("q", List.of("b", "a"), "r", List.of("c")));
  }
}
