// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class DiversityTest {

  private record Item(String name, double relevance, String group) {}

  private static final List<Item> ITEMS =
      List.of(
          new Item("a1", 1.0, "a"),
          new Item("a2", 0.95, "a"),
          new Item("a3", 0.9, "a"),
          new Item("b1", 0.5, "b"),
          new Item("c1", 0.4, "c"));

  @Test
  void prefersWhatIsUnlikeTheListSoFar() {
    assertThat(choose(3, 0.5, 9)).containsExactly("a1", "b1", "c1");
    assertThat(choose(3, 1.0, 9)).containsExactly("a1", "a2", "a3");
  }

  @Test
  void takesAFewOfEachGroupAndMoreOnlyWhenNothingElseIsLeft() {
    assertThat(choose(4, 1.0, 1)).containsExactly("a1", "b1", "c1", "a2");
    assertThat(choose(10, 1.0, 2)).hasSize(5);
  }

  private static List<String> choose(int limit, double share, int perGroup) {
    return Diversity.choose(
            ITEMS,
            limit,
            Item::relevance,
            (a, b) -> a.group().equals(b.group()) ? 1 : 0,
            share,
            Item::group,
            perGroup)
        .stream()
        .map(Item::name)
        .toList();
  }
}
