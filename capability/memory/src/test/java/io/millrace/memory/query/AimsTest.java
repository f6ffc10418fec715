// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.query;

import io.millrace.core.spi.Retriever.Aim;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class AimsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "What is the default size of the RAM buffer?", "how do I close an index", "Is a HashMap ordered?", "max clauses?", "IndexWriter 怎么关闭",
        "《静夜思》的作者是谁？", "消费者会重试吗"
      })
  void aQuestionWantsWhatAnswersIt(String question) {
    assertThat(Inquiry.of(question).aim()).isEqualTo(Aim.ANSWER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "IndexWriter", "aeroelastic models of heated aircraft", "list all collectors", "articles on boundary layers", "What are all the codecs?",
        "What kinds of joins are there?", "give me an overview of windows", "Are there papers about time sharing?", "有哪些写月亮的诗？", "列出所有注解", "线程池", "", "how"
      })
  void wordsAndListsWantAllThatIsRelevant(String query) {
    assertThat(Inquiry.of(query).aim()).isEqualTo(Aim.SURVEY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"IndexWriter", "Is a HashMap ordered?"})
  void theCallersWordCounts(String query) {
    assertThat(Inquiry.of(query).aimed(Aim.SURVEY).aim()).isEqualTo(Aim.SURVEY);
    assertThat(Inquiry.of(query).aimed(Aim.ANSWER).aim()).isEqualTo(Aim.ANSWER);
  }
}
