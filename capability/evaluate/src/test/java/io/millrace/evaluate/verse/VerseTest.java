// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate.verse;

import io.millrace.core.document.Verse;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class VerseTest {
  /** Wang Zhihuan, 登鸛雀樓. */
  private static final Verse TOWER = Verse.of("白日依山盡，黃河入海流。欲窮千里目，更上一層樓。");

  /** Poems whose even lines end in characters of the same made-up group: A to J, K to T, and so on. */
  private static List<Verse> made(int count, long seed) {
    Random random = new Random(seed);
    List<Verse> poems = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int group = random.nextInt(8);
      List<String> lines = new ArrayList<>();
      for (int line = 0; line < 4; line++) {
        int end = 0x5000 + (line % 2 == 1 ? group * 10 + random.nextInt(10) : random.nextInt(80));
        lines.add("山水花月" + Character.toString(end));
      }
      poems.add(new Verse(lines));
    }
    return poems;
  }

  @Test
  void seesLinesMeterAndPlacesOfRhyme() {
    assertThat(TOWER.lines()).hasSize(4);
    assertThat(TOWER.meter()).isEqualTo(5);
    assertThat(TOWER.quatrain()).isTrue();
    assertThat(TOWER.rhymes()).containsExactly((int) '流', (int) '樓');
    assertThat(Verse.of("白日依山盡，黃河入海流。欲窮千里，更上一層樓。").quatrain()).isFalse();
    assertThat(Verse.of("abcde，黃河入海流。欲窮千里目，更上一層樓。").meter()).isZero();
    assertThat(Verse.of("").quatrain()).isFalse();
  }

  @Test
  void findsTheGroupsThatPoemsWereMadeWith() {
    RhymeGroups groups = RhymeGroups.learn(made(3000, 1), 3);
    assertThat(groups.size()).isEqualTo(8);
    List<Verse> others = made(200, 2);
    assertThat(others).allSatisfy(poem -> assertThat(groups.rhyme(poem.rhymes().get(0), poem.rhymes().get(1))).isTrue());
    assertThat(groups.rhyme(0x5000, 0x500a)).isFalse();
    assertThat(groups.rhyme(0x5000, 'x')).isFalse();
    assertThat(groups.rhyme('x', 'x')).isFalse();
  }

  @Test
  void scoresFormAndRhymeOfEachPoem() {
    RhymeGroups groups = RhymeGroups.learn(made(3000, 1), 3);
    Verse good = new Verse(List.of("山水花月一", "山水花月" + (char) 0x5001, "山水花月二", "山水花月" + (char) 0x5002));
    Verse foreign = new Verse(List.of("山水花月一", "山水花月" + (char) 0x5001, "山水花月二", "山水花月" + (char) 0x5012));
    Verse repeated = new Verse(List.of("山水花月一", "山水花月" + (char) 0x5001, "山水花月二", "山水花月" + (char) 0x5001));
    Verse uneven = new Verse(List.of("山水花月一", "山水花" + (char) 0x5001, "山水花月二", "山水花月" + (char) 0x5002));
    QuatrainScore score = QuatrainScore.of(List.of(good, foreign, repeated, uneven, Verse.of("山水")), groups);
    assertThat(score.lines()).isCloseTo(0.8, within(1e-9));
    assertThat(score.form()).isCloseTo(0.6, within(1e-9));
    assertThat(score.rhyme()).isCloseTo(0.2, within(1e-9));
    assertThatThrownBy(() -> QuatrainScore.of(List.of(), groups)).hasMessageContaining("no poems");
  }
}
