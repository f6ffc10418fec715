// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.spi.Reader;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class ReaderScoreTest {
  @Test
  void comparesWordsWithoutCasePunctuationAndArticlesAndChineseByCharacter() {
    assertThat(ReaderScore.words("The Index-Writer, a 返回值 v2!"))
        .containsExactly("index", "writer", "返", "回", "值", "v2");
  }

  @Test
  void scoresAsSquadDoes() {
    String passage = "Closes the open reader. 返回用户编号。";
    SpanExample first = SpanExample.answered("What does it do?", passage, 0, 22);
    SpanExample second = SpanExample.answered("返回什么？", passage, 26, 30);
    SpanExample none = SpanExample.unanswered("Who?", passage);
    ReaderScore score = ReaderScore.of(List.of("closes open reader", "编号", ""), List.of(first, second, none));
    assertThat(score.exactMatch()).isCloseTo(2 / 3.0, within(1e-9));
    // Two of two characters given are among the four expected: F1 = 2·2/(2+4).
    assertThat(score.f1()).isCloseTo((1 + 4 / 6.0 + 1) / 3, within(1e-9));
    assertThat(score.answerableF1()).isCloseTo((1 + 4 / 6.0) / 2, within(1e-9));
    assertThat(score.unansweredAccuracy()).isEqualTo(1);
    ReaderScore talkative = ReaderScore.of(List.of("", "", "reader"), List.of(first, second, none));
    assertThat(talkative).isEqualTo(new ReaderScore(3, 0, 0, 0, 0));
  }

  @Test
  void anAnswerIsLearntWhereThePassageSaysItForItsOwnSake() {
    String passage = "Pool.open\npublic Executor open()\nOpens an Executor.\nreturns: Executor";
    SpanExample example = SpanExample.of(new QuestionAnswer(
        "1", "d", Language.ENGLISH, "returns", "What does it return?", passage, List.of("Executor")));
    assertThat(example.start()).isEqualTo(passage.lastIndexOf("Executor"));
    SpanExample only = SpanExample.of(new QuestionAnswer(
        "2", "d", Language.ENGLISH, "x", "Q?", passage, List.of("an Executor")));
    assertThat(only.passage().substring(only.start(), only.end())).isEqualTo("an Executor");
  }

  @Test
  void answersFromTheScoreOnAtWhichAnsweringPays() {
    String passage = "It is red.";
    SpanExample red = SpanExample.answered("Colour?", passage, 6, 9);
    SpanExample none = SpanExample.unanswered("Size?", passage);
    List<Reader.Span> spans = List.of(
        new Reader.Span(6, 9, -1), new Reader.Span(6, 9, -3), new Reader.Span(6, 9, 2), new Reader.Span(6, 9, -5));
    assertThat(AnswerThreshold.of(spans, List.of(red, none, red, none))).isEqualTo(-2);
    assertThat(AnswerThreshold.of(spans, List.of(none, none, none, none))).isEqualTo(2);
    assertThat(AnswerThreshold.of(List.of(), List.of())).isZero();
  }

  @Test
  void silenceCountsAsMuchAsAnsweringHoweverFewUnanswerableQuestionsThereAre() {
    String passage = "It is red.";
    SpanExample red = SpanExample.answered("Colour?", passage, 6, 9);
    SpanExample none = SpanExample.unanswered("Size?", passage);
    List<Reader.Span> spans = Stream.of(3, 3, 3, 1, 0, 0).map(score -> new Reader.Span(6, 9, score)).toList();
    assertThat(AnswerThreshold.of(spans, List.of(red, red, red, none, red, red))).isEqualTo(2);
  }

  @Test
  void refusesAnAnswerOutsideItsPassage() {
    assertThatThrownBy(() -> SpanExample.answered("Who?", "short", 2, 9)).hasMessageContaining("9")
        .hasMessageContaining("5 characters");
  }

  @Test
  void bucketsHoldEveryItemOnceAndLittlePadding() {
    SplittableRandom random = new SplittableRandom(4);
    int[] lengths = new int[700];
    Arrays.setAll(lengths, _ -> 20 + random.nextInt(180));
    LengthBuckets buckets = new LengthBuckets(lengths, 2048, 3);
    int[] seen = new int[700];
    long padded = 0;
    int items = 0;
    long step = 0;
    while (items < 700) {
      int[] batch = buckets.batch(step++);
      int longest = Arrays.stream(batch).map(item -> lengths[item]).max().orElseThrow();
      assertThat(longest * batch.length).isLessThanOrEqualTo(2048);
      padded += (long) longest * batch.length;
      Arrays.stream(batch).forEach(item -> seen[item]++);
      items += batch.length;
    }
    assertThat(seen).containsOnly(1);
    assertThat(padded).isLessThan(Arrays.stream(lengths).sum() * 11L / 10);
    assertThat(new LengthBuckets(lengths, 2048, 3).batch(step + 5)).isEqualTo(buckets.batch(step + 5));
  }
}
