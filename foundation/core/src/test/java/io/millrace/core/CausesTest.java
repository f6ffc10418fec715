// SPDX-License-Identifier: Apache-2.0
package io.millrace.core;

import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.assertj.core.api.Assertions.assertThat;

class CausesTest {
  @Test
  void eachIsNamedOnceFromTheOutside() {
    IOException first = new IOException("no space");
    IllegalStateException between = new IllegalStateException(first);
    RuntimeException outer = new RuntimeException("outer", between);
    assertThat(Causes.of(outer)).containsExactly(outer, between, first);
    assertThat(Causes.first(outer)).isSameAs(first);
    assertThat(Causes.of(first)).containsExactly(first);
  }

  @Test
  void aCircleEnds() {
    RuntimeException one = new RuntimeException("one");
    RuntimeException other = new RuntimeException("other", one);
    one.initCause(other);
    assertThat(Causes.of(one)).containsExactly(one, other);
  }
}
