// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.time;

import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.assertj.core.api.Assertions.assertThat;

class DeadlineTest {

  @Test
  void passesOnceItsTimeIsUp() {
    assertThat(Deadline.after(Duration.ZERO).expired()).isTrue();
    assertThat(Deadline.after(Duration.ofHours(1)).expired()).isFalse();
    assertThat(Deadline.NONE.expired()).isFalse();
  }

  @Test
  void aStepNeverOutlivesItsRequest() {
    assertThat(Deadline.after(Duration.ZERO).atMost(Duration.ofHours(1)).expired()).isTrue();
    assertThat(Deadline.NONE.atMost(Duration.ofMinutes(1)).remaining()).isLessThanOrEqualTo(Duration.ofMinutes(1));
    assertThat(Deadline.after(Duration.ZERO).remaining()).isEqualTo(Duration.ZERO);
  }
}
