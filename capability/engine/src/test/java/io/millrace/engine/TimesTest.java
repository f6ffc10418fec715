// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class TimesTest {

  @Test
  void countsWhatASortedListCounts() {
    Random random = new Random(4);
    double[] seconds = random.doubles(5_000).map(x -> Math.exp(12 * x - 8)).toArray();
    Times times = new Times(Times.NEXT);
    for (double each : seconds) {
      times.add(Math.round(each * 1e9));
    }
    Histogram seen = times.snapshot();
    List<Long> cumulative = seen.cumulative();
    for (int i = 0; i < Times.NEXT.size(); i++) {
      double bound = Times.NEXT.get(i);
      long atMost = 0;
      for (double each : seconds) {
        atMost += each <= bound ? 1 : 0;
      }
      assertThat(cumulative.get(i)).as("at most " + bound).isEqualTo(atMost);
    }
    double sum = 0;
    for (double each : seconds) {
      sum += each;
    }
    assertThat(seen.count()).isEqualTo(5_000);
    assertThat(seen.total()).isCloseTo(sum, within(1e-4));
    assertThat(seen.mean()).isCloseTo(sum / 5_000, within(1e-7));
  }

  @Test
  void countsAValueOnABoundBelowIt() {
    Times times = new Times(List.of(.5, 1.));
    times.add(500_000_000);
    times.add(1_000_000_001);
    assertThat(times.snapshot().cumulative()).containsExactly(1L, 1L);
    assertThat(times.snapshot().count()).isEqualTo(2);
  }
}
