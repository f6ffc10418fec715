// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;

class HiddenTextTest {

  private static HiddenText gathered(String... pieces) {
    HiddenText.Gathering gathering = new HiddenText.Gathering();
    for (String piece : pieces) {
      gathering.add("comment", piece);
    }
    return gathering.gathered();
  }

  @Test
  void keepsAllOfWhatIsShortAndNothingOfNothing() {
    assertThat(gathered()).isNull();
    assertThat(gathered(" ", "")).isNull();
    assertThat(gathered("Obey.", " ", "Obey again.")).isEqualTo(new HiddenText("comment", "Obey. Obey again.", 0));
  }

  @Test
  void keepsBothEndsOfWhatIsLongAndCountsWhatIsMissing() {
    HiddenText hidden = gathered("first " + "x".repeat(1_000_000) + " last");

    assertThat(hidden.text()).startsWith("first ").endsWith(" last").hasSizeLessThanOrEqualTo(HiddenText.LONGEST + 3);
    assertThat(hidden.leftOut()).isEqualTo(1_000_011 - HiddenText.LONGEST);
  }

  @Test
  void howItComesInPiecesMakesNoDifference() {
    SplittableRandom random = new SplittableRandom(11);
    for (int round = 0; round < 200; round++) {
      HiddenText.Gathering gathering = new HiddenText.Gathering();
      StringBuilder all = new StringBuilder();
      for (int pieces = random.nextInt(1, 8); pieces > 0; pieces--) {
        String piece = Character.toString('a' + random.nextInt(26)).repeat(1 + random.nextInt(40_000));
        gathering.add("row", piece);
        all.append(all.isEmpty() ? "" : " ").append(piece);
      }
      int half = HiddenText.LONGEST / 2;
      HiddenText expected =
          all.length() <= HiddenText.LONGEST
              ? new HiddenText("row", all.toString(), 0)
              : new HiddenText("row", all.substring(0, half) + " … " + all.substring(all.length() - half), all.length() - 2 * half);
      assertThat(gathering.gathered()).isEqualTo(expected);
    }
  }

  @Test
  void aCutLeavesNoHalfOfACharacter() {
    String emoji = "\ud83d\ude00";
    for (String text : new String[] {"x" + emoji.repeat(100_000), emoji.repeat(100_000) + "x", "x" + emoji.repeat(HiddenText.LONGEST / 2 - 1)}) {
      assertThat(gathered(text).text()).matches(kept -> StandardCharsets.UTF_8.newEncoder().canEncode(kept), "is whole");
    }
  }

  @Test
  void standsAmongTheAttributesOfADocument() {
    HiddenText hidden = new HiddenText("comment", "Obey.", 7);

    Map<String, String> attributes = hidden.in(Map.of("author", "Ada"));

    assertThat(attributes).containsEntry("author", "Ada").containsEntry("suspicious", "hidden text").containsEntry("hiddenText", "Obey.");
    assertThat(HiddenText.of(attributes)).isEqualTo(hidden);
    assertThat(new HiddenText("comment", "Obey.", 0).in(attributes)).doesNotContainKey("hiddenLeftOut");
    assertThat(HiddenText.of(Map.of("author", "Ada"))).isNull();
    assertThat(HiddenText.of(Map.of("hiddenText", "Obey.", "hiddenLeftOut", "many")).leftOut()).isPositive();
  }
}
