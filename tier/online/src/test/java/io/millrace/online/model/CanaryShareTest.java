// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.model;

import org.junit.jupiter.api.Test;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class CanaryShareTest {

  private static Set<String> tried(double share, String version) {
    CanaryShare canary = new CanaryShare(share);
    return IntStream.range(0, 20_000).mapToObj(i -> "user-" + i).filter(user -> canary.includes(user, version))
        .collect(Collectors.toSet());
  }

  @Test
  void takesItsShareOfTheUsersAndAlwaysTheSame() {
    // Four standard deviations of a binomial distribution: 4 × √(20,000 × 0.1 × 0.9) = 170.
    assertThat(tried(0.1, "mill/reader-en@2").size()).isBetween(2_000 - 170, 2_000 + 170);
    assertThat(tried(0.1, "mill/reader-en@2")).isEqualTo(tried(0.1, "mill/reader-en@2"));
    assertThat(tried(0.3, "mill/reader-en@2")).as("a larger share keeps those who were in").containsAll(tried(0.1, "mill/reader-en@2"));
  }

  @Test
  void triesAnotherVersionWithOtherUsers() {
    Set<String> both = tried(0.1, "mill/reader-en@2");
    both.retainAll(tried(0.1, "mill/reader-en@3"));
    // Independent draws share a hundredth of the users; four standard deviations are 57.
    assertThat(both.size()).isBetween(200 - 57, 200 + 57);
  }

  @Test
  void nobodyAndEverybodyAreSharesTooAndUnnamedUsersAreLeftAlone() {
    assertThat(tried(0, "a@1")).isEmpty();
    assertThat(tried(1, "a@1")).hasSize(20_000);
    assertThat(new CanaryShare(1).includes("anonymous", "a@1")).isFalse();
    assertThat(new CanaryShare(1).includes("acme/anonymous", "a@1")).isFalse();
  }

  @Test
  void refusesWhatIsNoShare() {
    assertThatThrownBy(() -> new CanaryShare(10)).hasMessage("canaryShare 10.0 is not from 0 to 1: 0.1 is a tenth of the users");
    assertThatThrownBy(() -> new CanaryShare(Double.NaN)).hasMessageContaining("canaryShare");
  }
}
