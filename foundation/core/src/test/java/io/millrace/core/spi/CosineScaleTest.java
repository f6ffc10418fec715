// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class CosineScaleTest {

  @Test
  void givesCosinesTheMeanAndTheDeviationThatTheyHad() {
    double[] before = IntStream.range(0, 40).mapToDouble(i -> 0.5 + i * 0.005).toArray();
    double[] after = IntStream.range(0, 40).mapToDouble(i -> 0.2 + i * 0.01).toArray();
    CosineScale scale = CosineScale.between(before, after);
    assertThat(Arrays.stream(after).map(scale::of).toArray()).containsExactly(before, within(1e-12));
    assertThat(scale.factor()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void leavesCosinesAloneWhereThereIsNothingToGoBy() {
    assertThat(CosineScale.between(new double[0], new double[0])).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(new double[] {0.6, 0.7}, new double[] {0.5, 0.501})).as("two").isEqualTo(CosineScale.PLAIN);
    double[] same = new double[40];
    Arrays.fill(same, 0.1);
    double[] different = IntStream.range(0, 40).mapToDouble(i -> 0.5 + i * 0.005).toArray();
    double[] hardly = IntStream.range(0, 40).mapToDouble(i -> 0.5 + i * 0.00005).toArray();
    assertThat(CosineScale.between(same, different)).isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(different, same)).as("deviations of rounding").isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.between(different, hardly)).as("a hundred times").isEqualTo(CosineScale.PLAIN);
    assertThat(CosineScale.PLAIN.of(0.4)).isEqualTo(0.4);
  }

  @Test
  void refusesWhatWouldTurnTheOrder() {
    assertThatThrownBy(() -> new CosineScale(-1, 0)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("-1.0");
    assertThatThrownBy(() -> new CosineScale(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("NaN");
  }
}
