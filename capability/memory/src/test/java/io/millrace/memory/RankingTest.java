// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RankingTest {
  @Test
  void refusesValuesThatMakeNoSenseAndNamesThem() {
    assertThatThrownBy(() -> new Ranking(-1, 0.5, 0.5, 0, Ranking.Smoothing.NONE)).hasMessageContaining("k1 -1.0");
    assertThatThrownBy(() -> new Ranking(1, 1.5, 0.5, 0, Ranking.Smoothing.NONE)).hasMessageContaining("b 1.5");
    assertThatThrownBy(() -> new Ranking(1, 0.5, Double.NaN, 0, Ranking.Smoothing.NONE)).hasMessageContaining("dense share NaN");
    assertThatThrownBy(() -> new Ranking(1, 0.5, 0.5, -0.1, Ranking.Smoothing.NONE)).hasMessageContaining("pair weight -0.1");
    assertThatThrownBy(() -> new Ranking.Smoothing(10, -1, 1)).hasMessageContaining("neighbours -1");
    assertThatThrownBy(() -> new Ranking.Smoothing(10, 1, Double.POSITIVE_INFINITY)).hasMessageContaining("Infinity");
  }
}
