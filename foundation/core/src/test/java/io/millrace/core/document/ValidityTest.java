// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ValidityTest {

  @Test
  void aDocumentIsFoundFromOneMomentToTheOther() {
    Validity validity = Validity.of(Map.of(Validity.FROM, "2026-11-01", Validity.UNTIL, "2026-11-30T12:00:00+01:00"));

    assertThat(validity).isEqualTo(new Validity(Instant.parse("2026-11-01T00:00:00Z"), Instant.parse("2026-11-30T11:00:00Z")));
    assertThat(validity.at(Instant.parse("2026-10-31T23:59:59Z"))).isFalse();
    assertThat(validity.at(Instant.parse("2026-11-01T00:00:00Z"))).isTrue();
    assertThat(validity.at(Instant.parse("2026-11-30T11:00:00Z"))).isFalse();
    assertThat(Validity.of(Map.of())).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tomorrow", "2026-13-01", "+999999999-01-01T00:00:00Z", "-999999999-01-01T00:00:00Z"})
  void refusesWhatIsNoTimeOrOneThatNoIndexCanHold(String time) {
    assertThatThrownBy(() -> Validity.of(Map.of(Validity.UNTIL, time)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(Validity.UNTIL);
  }

  @Test
  void refusesTimesThatLeaveNoRoom() {
    assertThatThrownBy(() -> Validity.of(Map.of(Validity.FROM, "2026-11-02", Validity.UNTIL, "2026-11-02")))
        .hasMessageContaining("2026-11-02").hasMessageContaining("never be found");
  }
}
