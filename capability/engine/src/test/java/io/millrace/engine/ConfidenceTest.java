// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class ConfidenceTest {
  private static int proposals(Confidence confidence, int opportunities, int right, double cost) {
    int proposals = 0;
    for (int i = 0; i < opportunities; i++) {
      if (confidence.proposes()) {
        confidence.judge(right + 1, cost);
        proposals++;
      }
    }
    return proposals;
  }

  @Test
  void goesOnWhereProposalsPay() {
    assertThat(proposals(new Confidence(256), 1000, 3, 2)).isEqualTo(1000);
    assertThat(proposals(new Confidence(256), 1000, 1, 1.9)).isEqualTo(1000);
  }

  @Test
  void nearlyLeavesOffWhereTheyDoNot() {
    assertThat(proposals(new Confidence(256), 2000, 0, 1.5)).isBetween(3, 30);
    assertThat(proposals(new Confidence(256), 2000, 1, 2.2)).isBetween(3, 70); // right now and then, but too dear
    assertThat(proposals(new Confidence(16), 2000, 0, 1.5)).isGreaterThan(100); // short pauses cost more
  }

  @Test
  void comesBackWhenTheyPayAgain() {
    Confidence confidence = new Confidence(256);
    proposals(confidence, 2000, 0, 1.5);
    assertThat(proposals(confidence, 1000, 3, 1.5)).isGreaterThan(1000 - 257);
    confidence.leaveOff();
    assertThat(proposals(confidence, 256, 3, 1.5)).isZero();
    assertThat(proposals(confidence, 256, 3, 1.5)).isEqualTo(256);
  }
}
