// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ScheduleTest {
  @Test
  void warmsUpStaysAndDecays() {
    Schedule wsd = new Schedule.WarmupStableDecay(0.1, 0.4, 0.05);
    assertThat(wsd.factor(0)).isEqualTo(0.01);
    assertThat(wsd.factor(0.05)).isCloseTo(0.5, within(1e-9));
    assertThat(wsd.factor(0.5)).isEqualTo(1);
    assertThat(wsd.factor(0.8)).isCloseTo(0.05 + 0.95 * 0.5, within(1e-9));
    assertThat(wsd.factor(1)).isCloseTo(0.05, within(1e-9));
    Schedule cosine = new Schedule.Cosine(0.1, 0.1);
    assertThat(cosine.factor(0.1)).isCloseTo(1, within(1e-9));
    assertThat(cosine.factor(0.55)).isCloseTo(0.55, within(1e-9));
    assertThat(cosine.factor(1)).isCloseTo(0.1, within(1e-9));
    assertThatThrownBy(() -> new Schedule.Cosine(2, 0)).hasMessageContaining("warmup 2");
    assertThatThrownBy(() -> new Schedule.WarmupStableDecay(0.5, 0.6, 0)).hasMessageContaining("exceed");
  }

  @Test
  void theBudgetThatIsUsedFirstCounts() {
    Budget both = new Budget(100, Duration.ofSeconds(10));
    assertThat(both.used(50, 1)).isEqualTo(0.5);
    assertThat(both.used(50, 8)).isEqualTo(0.8);
    assertThat(both.used(500, 8)).isEqualTo(1);
    Budget patient = Budget.ofTime(Duration.ofSeconds(10)).atLeast(100);
    assertThat(patient.used(150, 5)).as("a fast processor uses its time").isEqualTo(0.5);
    assertThat(patient.used(50, 10)).as("a slower one gets more").isEqualTo(0.5);
    assertThat(patient.used(100, 20)).isEqualTo(1);
    assertThat(patient.used(20, 40)).as("but not without end").isEqualTo(1);
    assertThatThrownBy(() -> new Budget(Long.MAX_VALUE, Budget.UNBOUNDED)).hasMessageContaining("without a bound");
  }
}
