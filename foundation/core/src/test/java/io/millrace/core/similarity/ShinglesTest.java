// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.similarity;

import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class ShinglesTest {
  private final Random random = new Random(11);

  /** A text, and the same with some words exchanged. */
  private String[] pair() {
    int words = 1 + random.nextInt(60);
    int exchanged = random.nextInt(6);
    StringBuilder one = new StringBuilder();
    StringBuilder two = new StringBuilder();
    for (int i = 0; i < words; i++) {
      String word = "w" + random.nextInt(500);
      one.append(word).append(' ');
      two.append(random.nextInt(60) < exchanged ? "other" + i : word).append(' ');
    }
    return new String[] {one.toString(), two.toString()};
  }

  private static Set<Long> hashes(Shingles shingles) {
    Set<Long> hashes = new HashSet<>();
    for (int i = 0; i < shingles.size(); i++) {
      hashes.add(shingles.hash(i));
    }
    return hashes;
  }

  @Test
  void similarityIsThatOfTheSetsAndNoughtBelowAThreshold() {
    for (int round = 0; round < 2_000; round++) {
      String[] texts = pair();
      Shingles one = Shingles.of(texts[0]);
      Shingles two = Shingles.of(texts[1]);
      Set<Long> common = hashes(one);
      common.retainAll(hashes(two));
      Set<Long> all = hashes(one);
      all.addAll(hashes(two));
      double expected = (double) common.size() / all.size();

      assertThat(one.jaccard(two)).isEqualTo(expected);
      for (double threshold : new double[] {0.1, 0.5, 0.9, 1, expected}) {
        assertThat(one.jaccard(two, threshold)).isEqualTo(expected >= threshold ? expected : 0);
      }
    }
  }

  @Test
  void emptyTextsAreAlike() {
    assertThat(Shingles.of("").jaccard(Shingles.of(" . "), 0.9)).isEqualTo(1);
    assertThat(Shingles.of("").jaccard(Shingles.of("word"), 0.9)).isZero();
  }
}
