// SPDX-License-Identifier: Apache-2.0
package io.millrace.recommend;

import io.millrace.core.spi.Access;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class LinkGraphTest {

  @Test
  void holdsLinkedDocumentsNearerThanSiblingsAndThoseNearerThanStrangers() {
    Shelf shelf =
        new Shelf()
            .put("a/One", "b/Linked", "http://elsewhere.org", "gone/Nowhere")
            .put("b/Linked")
            .put("a/Sibling")
            .put("a/OtherSibling")
            .put("c/Stranger")
            .put("d/Pointing", "a/One#part");
    try (LinkGraph graph = new LinkGraph(shelf)) {
      Map<String, Double> near = graph.near(Map.of("a/One", 1.0), Access.EVERYTHING);

      assertThat(near).containsOnlyKeys("b/Linked", "a/Sibling", "a/OtherSibling", "d/Pointing");
      assertThat(near.get("b/Linked")).isGreaterThan(near.get("d/Pointing"));
      assertThat(near.get("d/Pointing")).isGreaterThan(near.get("a/Sibling"));
      assertThat(graph.linked("a/One", "d/Pointing")).isTrue();
      assertThat(graph.linked("a/One", "a/Sibling")).isFalse();
      assertThat(graph.near(Map.of("gone/Nowhere", 1.0), Access.EVERYTHING)).isEmpty();
    }
  }

  @Test
  void comesCloseToThePageRankThatPowerIterationFinds() {
    Random random = new Random(5);
    int n = 60;
    Shelf shelf = new Shelf();
    double[][] weights = new double[n][n];
    for (int i = 0; i < n; i++) {
      String[] links = new String[3];
      for (int k = 0; k < links.length; k++) {
        int target = (i + 1 + random.nextInt(n - 1)) % n;
        links[k] = id(target);
      }
      for (String link : List.of(links).stream().distinct().toList()) {
        int target = Integer.parseInt(link.substring(1, link.indexOf('/')));
        weights[i][target] += 0.9;
        weights[target][i] += 0.7 * 0.9;
      }
      shelf.put(id(i), links);
    }
    double[] expected = new double[n];
    double[] walk = new double[n];
    walk[0] = 1;
    for (int step = 0; step < 200; step++) {
      double[] next = new double[n];
      for (int i = 0; i < n; i++) {
        expected[i] += 0.3 * walk[i];
        double sum = 0;
        for (double w : weights[i]) {
          sum += w;
        }
        for (int j = 0; j < n; j++) {
          next[j] += 0.7 * walk[i] * weights[i][j] / sum;
        }
      }
      walk = next;
    }
    try (LinkGraph graph = new LinkGraph(shelf)) {
      Map<String, Double> near = graph.near(Map.of(id(0), 1.0), Access.EVERYTHING);
      for (int i = 1; i < n; i++) {
        assertThat(near.getOrDefault(id(i), 0.0)).as("node %d", i).isCloseTo(expected[i], within(0.004));
      }
    }
  }

  @Test
  void isTheSameAfterManyChangesAsOneBuiltFromTheResult() {
    Random random = new Random(11);
    Shelf shelf = new Shelf();
    try (LinkGraph changed = new LinkGraph(shelf)) {
      for (int step = 0; step < 400; step++) {
        String id = id(random.nextInt(20));
        if (random.nextInt(4) == 0) {
          shelf.delete(id);
        } else {
          shelf.put(id, id(random.nextInt(20)), id(random.nextInt(20)));
        }
      }
      try (LinkGraph built = new LinkGraph(shelf)) {
        for (String id : shelf.ids()) {
          Map<String, Double> near = new HashMap<>(built.near(Map.of(id, 1.0), Access.EVERYTHING));
          assertThat(changed.near(Map.of(id, 1.0), Access.EVERYTHING).keySet()).isEqualTo(near.keySet());
          assertThat(changed.inDegree(id, Access.EVERYTHING)).isEqualTo(built.inDegree(id, Access.EVERYTHING));
        }
        assertThat(changed.central(10, Access.EVERYTHING)).isEqualTo(built.central(10, Access.EVERYTHING));
      }
    }
  }

  private static String id(int i) {
    return "n" + i + "/Node";
  }
}
