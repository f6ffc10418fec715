// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class RecentWritesTest {

  @Test
  void keepsNoMoreThanItsBytes() {
    RecentWrites writes = new RecentWrites();
    for (String id : new String[] {"a", "b", "c", "b"}) {
      writes.put(id, null, 1, 7 << 20);
    }
    assertThat(writes.of("a")).isEmpty();
    assertThat(writes.of("b")).isPresent();
    assertThat(writes.of("c")).isPresent();
    writes.put("d", null, 1, 0);
    assertThat(writes.of("b")).isPresent();
    assertThat(writes.of("c")).isPresent();
  }
}
