// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.apache.lucene.analysis.TokenStream;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class PassageWordsTest {

  private static final Passage PASSAGE =
      new Passage(
          "a/B#0", "a/B", 0, "", List.of("a", "B"), "IndexWriter.addDocument", "What the addDocument of an IndexWriter does: 将文档写入索引。",
          Language.ENGLISH, null, Set.of());

  @Test
  void readsWhatItWrote() {
    PassageWords words = PassageWords.of(PASSAGE);

    assertThat(PassageWords.read(words.written())).isEqualTo(words);
    assertThat(words.length("body.latin")).isEqualTo(words.fields().get("body.latin").size());
    assertThat(words.spaced("path.latin")).isEqualTo("b");
    assertThat(words.fields()).containsKey("body.han").doesNotContainKey("heading.han");
    assertThat(words.fields().get("body.latin")).anyMatch(word -> word.step() == 0).anyMatch(word -> word.step() > 1);
    assertThat(PassageWords.read("")).isEqualTo(new PassageWords(Map.of()));
  }

  @Test
  void givesOutWordsAsTheAnalyzerDoes() throws IOException {
    BothScripts analyzer = new BothScripts();
    PassageWords words = PassageWords.of(PASSAGE);
    for (String field : PassageFields.Text.fields()) {
      String text = PassageFields.texts(PASSAGE).getOrDefault(field, "");
      try (TokenStream kept = words.stream(field)) {
        assertThat(QuestionTerms.read(kept)).isEqualTo(QuestionTerms.of(analyzer, field, text));
      }
    }
  }
}
