// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class AccessTest {

  @Test
  void oneOfADocumentsLabelsIsEnoughToSeeItAndAllAreNeededToChangeIt() {
    Access hr = Access.of(List.of("hr", "all"));
    assertThat(hr.sees(Set.of())).isTrue();
    assertThat(hr.sees(Set.of("hr", "board"))).isTrue();
    assertThat(hr.sees(Set.of("board"))).isFalse();
    assertThat(hr.holds(Set.of())).isTrue();
    assertThat(hr.holds(Set.of("hr", "all"))).isTrue();
    assertThat(hr.holds(Set.of("hr", "board"))).isFalse();
    assertThat(hr.heldOf(Set.of("hr", "board"))).containsExactly("hr");
  }

  @Test
  void everythingIsEverythingAndNothingHeldIsWhatHasNoLabels() {
    assertThat(Access.EVERYTHING.sees(Set.of("x"))).isTrue();
    assertThat(Access.EVERYTHING.holds(Set.of("x"))).isTrue();
    assertThat(Access.UNLABELLED.sees(Set.of("x"))).isFalse();
    assertThat(Access.UNLABELLED.sees(Set.of())).isTrue();
    assertThat(Access.of(Set.of())).isEqualTo(Access.UNLABELLED);
    assertThat(new Access(true, Set.of("x"))).isEqualTo(Access.EVERYTHING);
  }

  @Test
  void refusesWhatIsNoLabel() {
    assertThatThrownBy(() -> Access.of(List.of("HR"))).hasMessageContaining("'HR'").hasMessageContaining("lower-case");
    assertThatThrownBy(() -> Access.of(List.of("*"))).hasMessageContaining("'*'");
  }
}
