// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

class AnswerabilityTest {

  private static final String WEIR = "The weir raises the level by two metres.";

  private static Hit hit(String text, Evidence... evidence) {
    Passage passage = new Passage("d#0", "d", 0, "", List.of("mill", "Wheel"), "turn", text, Language.of(text), null, Set.of());
    return new Hit(passage, 1, List.of(evidence));
  }

  private static Evidence dense(double cosine) {
    return new Evidence("dense", 1, cosine, 1, 0.6);
  }

  @Test
  void neighboursThatHaveNothingToDoWithTheQuestionAreNoSources() {
    assertThat(Answerability.of("What is the capital of France?", List.of(hit(WEIR, dense(0.45)))).answerable()).isFalse();
    assertThat(Answerability.of("Which level does the weir give?", List.of(hit(WEIR, dense(0.45)))).answerable()).as("shares its words").isTrue();
    assertThat(Answerability.of("How much does the water climb there?", List.of(hit(WEIR, dense(0.95)))).answerable()).as("means it").isTrue();
    assertThat(Answerability.of("Which level does the weir give?", List.of()).answerable()).isFalse();
  }

  @Test
  void aNameThatNoPassageBearsSettlesADoubtfulQuestion() {
    Hit near = hit("Reads a record out of JSON.", dense(0.67));
    Answerability unknown = Answerability.of("How do I read JSON into a record with ObjectMapper?", List.of(near));
    assertThat(unknown.answerable()).isFalse();
    assertThat(unknown.unknown()).containsExactly("ObjectMapper");
    assertThat(Answerability.of("How do I read JSON into a record?", List.of(near)).answerable()).isTrue();
    assertThat(Answerability.of("Dubbo 的超时时间怎么配置？", List.of(hit("设置登录的超时时间。", dense(0.6)))).unknown()).containsExactly("Dubbo");
  }

  @Test
  void whatIsCalledAsTheQuestionSaysAnswersForItsNames() {
    Hit named = hit("Reads a record out of JSON.", dense(0.67), new Evidence("name", 1, 1, 1, 0.3));
    assertThat(Answerability.of("How do I read JSON into a record with ObjectMapper?", List.of(named)).answerable()).isTrue();
  }

  @Test
  void goesByWordsWhereMeaningsWereNotCompared() {
    assertThat(Answerability.of("Which level does the weir give?", List.of(hit(WEIR))).answerable()).isTrue();
    assertThat(Answerability.of("Who paints the moon in winter?", List.of(hit(WEIR))).answerable()).isFalse();
    assertThat(Answerability.of("Which level?", List.of(hit(WEIR, new Evidence("dense", 1, Double.NaN, 0, 0.6)))).score()).isFinite();
  }

  @Test
  void aQuestionOfWhichNothingCanBeComparedIsGivenTheBenefitOfTheDoubt() {
    assertThat(Answerability.of("What is it?", List.of(hit(WEIR, dense(0.3)))).answerable()).isTrue();
  }
}
