// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import org.junit.jupiter.api.Test;

import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

class ExcerptTest {

  private static String shown(String text, String query, int length) {
    return Excerpt.of(text, query, length).runs().stream()
        .map(run -> run.marked() ? "[" + run.text() + "]" : run.text())
        .collect(Collectors.joining());
  }

  @Test
  void marksWordsByTheirBeginningAlsoWithinNames() {
    assertThat(shown("addDocument documents a redocument", "document", 0))
        .isEqualTo("add[Document] [document]s a redocument");
  }

  @Test
  void marksHanTextByPairsAndLeavesCommonWordsAlone() {
    assertThat(shown("字符串是否为空白", "空白字符", 0)).isEqualTo("[字符]串是否为[空白]");
    assertThat(shown("what is the index", "what is the index", 0)).isEqualTo("what is the [index]");
  }

  @Test
  void cutsLongTextsToWhereMostIsSaid() {
    String text = "filler words ".repeat(60) + "the needle is here " + "more filler ".repeat(60);
    String excerpt = shown(text, "needle", 120);
    assertThat(excerpt).startsWith("… ").contains("[needle]").endsWith(" …").hasSizeLessThan(160);
  }

  @Test
  void keepsEveryCharacterWhenNothingIsCut() {
    String text = "İstanbul <b>ümlaut</b> 𝔘nicode";
    assertThat(shown(text, "zzz", 0)).isEqualTo(text);
    assertThat(Excerpt.of("", "a", 10).runs()).isEmpty();
  }
}
