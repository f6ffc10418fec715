// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.offline.ProgressListener.Progress;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class StepProgressTest {

  private final List<Progress> seen = new ArrayList<>();

  private final StepProgress progress =
      new StepProgress(
          "step",
          new ProgressListener() {
            @Override
            public void started(String step, String purpose) {}

            @Override
            public void progress(Progress progress) {
              seen.add(progress);
            }

            @Override
            public void finished(StepReport report) {}
          },
          () -> false);

  @Test
  void measuringBeginsAnewWhenTheUnitChanges() {
    long begin = System.nanoTime();
    progress.update(1, 3, "steps");
    while (System.nanoTime() - begin < 50_000_000L) {
      Thread.onSpinWait();
    }
    progress.update(3, 3, "steps");
    progress.update(1, 2, "questions");
    progress.update(2, 2, "questions");

    assertThat(seen).hasSize(4);
    assertThat(seen.get(1).perSecond()).isBetween(1.0, 2 / 0.05);
    assertThat(seen.get(2).perSecond()).as("no rate from the first report alone").isZero();
    assertThat(seen.get(2).remaining()).isNull();
    assertThat(seen.get(3).perSecond()).as("not slowed by the time of the steps").isGreaterThan(2 / 0.05);
  }
}
