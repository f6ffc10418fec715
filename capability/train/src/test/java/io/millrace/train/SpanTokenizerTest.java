// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.model.encoder.PretrainedEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class SpanTokenizerTest {
  private static String piece(SpanTokenizer.Window window, String passage, int token) {
    return passage.substring(window.starts()[token], window.ends()[token]);
  }

  @ParameterizedTest
  @EnumSource(Language.class)
  void knowsWhereInThePassageEachTokenCameFrom(Language language) throws Exception {
    // Beyond the basic plane, accents that the tokenizer strips, full-width, capitals, line ends.
    String passage = "IndexWriter 返回😀 the naïve 𝒳 Résumé\n（默认 10）";
    try (SpanTokenizer tokenizer = new SpanTokenizer(PretrainedEncoder.tokenizer(language), 256)) {
      SpanTokenizer.Window window = tokenizer.windows("What? 什么", passage).getFirst();
      List<String> pieces = IntStream.range(0, window.starts().length)
          .mapToObj(i -> piece(window, passage, i)).toList();
      String said = String.join("", pieces);
      assertThat(said).isEqualTo(passage.replaceAll("\\s", ""));
      assertThat(pieces).contains("返", "回", "10");
    }
  }

  @Test
  void readsCapitalsWithTheChineseVocabularyWhichHasNone() throws Exception {
    try (SpanTokenizer tokenizer = new SpanTokenizer(PretrainedEncoder.tokenizer(Language.CHINESE), 256)) {
      int unknown = 100;
      assertThat(tokenizer.windows("StringBuilder 是什么", "StringBuilder 可变").getFirst().tokens())
          .doesNotContain(unknown);
    }
  }

  @Test
  void cutsALongPassageIntoWindowsThatOverlapAndCoverIt() throws Exception {
    String passage = IntStream.range(0, 500).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    try (SpanTokenizer tokenizer = new SpanTokenizer(PretrainedEncoder.tokenizer(Language.ENGLISH), 128)) {
      List<SpanTokenizer.Window> windows = tokenizer.windows("What is it?", passage);
      int covered = 0;
      for (SpanTokenizer.Window window : windows) {
        assertThat(window.tokens().length).isLessThanOrEqualTo(128);
        assertThat(window.starts()[0]).isLessThanOrEqualTo(covered);
        covered = window.ends()[window.ends().length - 1];
      }
      assertThat(covered).isEqualTo(passage.length());
      assertThat(windows.get(1).starts()[0]).isLessThan(windows.get(0).ends()[windows.get(0).ends().length - 1]);
      assertThat(tokenizer.windows("word ".repeat(300), "short").getFirst().tokens().length).isLessThan(75);
    }
  }
}
