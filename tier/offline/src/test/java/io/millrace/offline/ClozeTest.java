// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;

class ClozeTest {

  @Test
  void asksForASentenceWithoutSomeOfItsWordsAndHardlyAnyNames() {
    Passage passage =
        passage(
            Language.ENGLISH,
            "public int openSluice(int width)\nOpens the sluice so that water reaches the wheel of the mill. "
                + "The miller calls openSluice before he lets grain into the hopper.");
    int names = 0;
    int removed = 0;
    int made = 0;
    for (int seed = 0; seed < 300; seed++) {
      Cloze cloze = Cloze.of(passage, new SplittableRandom(seed));
      if (cloze == null) {
        continue;
      }
      made++;
      assertThat(cloze.question()).doesNotContain("public int").doesNotContain("\n");
      assertThat(passage.text()).contains(cloze.question().split(" "));
      names += cloze.question().contains("openSluice") ? 1 : 0;
      removed += cloze.passage().length() < passage.text().length() ? 1 : 0;
    }
    assertThat(made).isGreaterThan(290);
    // Every second sentence names it, and then it stays three times in ten.
    assertThat(names / (double) made).isBetween(0.08, 0.25);
    assertThat(removed / (double) made).isBetween(0.05, 0.16);
  }

  @Test
  void leavesOutCharactersOfChinese() {
    Passage passage = passage(Language.CHINESE, "水流推动水车，水车带动石磨，石磨把谷物磨成面粉，供全村人食用。");
    Cloze cloze = Cloze.of(passage, new SplittableRandom(1));
    assertThat(cloze).isNotNull();
    assertThat(cloze.question()).doesNotContain(" ").hasSizeBetween(10, 30);
    assertThat(cloze.passage()).as("nothing would be left").contains("水流推动水车");
  }

  @Test
  void passagesThatSayNothingMakeNoQuestion() {
    assertThat(Cloze.of(passage(Language.ENGLISH, "int a(int b, int c); int d(e, f);"), new SplittableRandom(1))).isNull();
  }

  private static Passage passage(Language language, String text) {
    return new Passage(
        "mill/sluice#0", "mill/sluice", 0, "", List.of("Mill"), "Sluice", "Sluice.open\n" + text, language, null, Set.of());
  }
}
