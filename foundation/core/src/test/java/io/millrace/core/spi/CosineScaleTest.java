// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import org.junit.jupiter.api.Test;

import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class CosineScaleTest {

  @Test
  void givesCosinesTheMeanAndTheDeviationThatTheyHad() {
    double[] before = {0.6, 0.7, 0.8};
    double[] after = {0.2, 0.6, 0.4};
    CosineScale scale = CosineScale.between(before, after);
    double[] read = Arrays.stream(after).map(scale::of).sorted().toArray();
    assertThat(read).containsExactly(before, within(1e-12));
    assertThat(scale.factor()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void leavesCosinesAloneWhereThereIsNothingToGoBy() {
    assertThat(CosineScale.between(new double[0], new double[0])).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(new double[] {0.5}, new double[] {0.3})).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(new double[] {0.5, 0.5}, new double[] {0.3, 0.2})).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(new double[] {0.5, 0.4}, new double[] {0.3, 0.3})).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.PLAIN.of(0.4)).isEqualTo(0.4);
  }

  @Test
  void refusesWhatWouldTurnTheOrder() {
    assertThatThrownBy(() -> new CosineScale(-1, 0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> new CosineScale(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NaN");
  }
}
