// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import io.millrace.model.tokenizer.ChatTemplate.Turn;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class VerifiableRewardTest {
  private static double value(VerifiableReward reward, Task task, String answer) {
    return reward.score(task, answer).value();
  }

  @Test
  void anExactAnswerMayBeWrittenOtherwise() {
    Task task = Task.of("What is the capital of France?", "Paris");
    assertThat(value(new ExactAnswer(), task, " paris. ")).isOne();
    assertThat(value(new ExactAnswer(), task, "Ｐａｒｉｓ！")).isOne();
    assertThat(value(new ExactAnswer(), task, "Paris, Texas")).isZero();
    assertThat(value(new ExactAnswer(), Task.of("法国的首都？", "巴黎"), "巴黎。")).isOne();
    assertThat(new ExactAnswer().score(task, "Rome").reason()).contains("Paris");
    assertThatThrownBy(() -> value(new ExactAnswer(), Task.of("Anything?"), "x")).hasMessageContaining("no expected answer");
  }

  @Test
  void theWholeAnswerMustBeInForm() {
    AnswerFormat sentence = AnswerFormat.of("[A-Z][^.!?]*\\.");
    assertThat(value(sentence, Task.of("?"), "This is one.")).isOne();
    assertThat(value(sentence, Task.of("?"), "This is one. This is two.")).isZero();
    assertThat(sentence.score(Task.of("?"), "no").reason()).contains("[A-Z]");
    assertThat(sentence.toString()).contains("[A-Z][^.!?]*");
  }

  @Test
  void lengthsBeyondTheBoundsLoseByDegrees() {
    AnswerLength length = new AnswerLength(3, 5, 4);
    assertThat(value(length, Task.of("?"), "abcd")).isOne();
    assertThat(value(length, Task.of("?"), "abcdefg")).isCloseTo(0.5, within(1e-12));
    assertThat(value(length, Task.of("?"), "ab")).isCloseTo(0.75, within(1e-12));
    assertThat(value(length, Task.of("?"), "abcdefghijkl")).isZero();
    assertThat(value(length, Task.of("?"), "𠮷野家")).isOne();
    assertThatThrownBy(() -> new AnswerLength(5, 3, 1)).hasMessageContaining("from 5 to 3");
  }

  @Test
  void groundedAnswersQuoteThePassageThatTheyCite() {
    Task task = new Task(List.of(new Turn("user", "?")), null,
        List.of("A deque is a double-ended queue.", "队列是一种先进先出的数据结构。"));
    GroundedAnswer grounded = new GroundedAnswer(0.5);
    assertThat(value(grounded, task, "a double-ended queue [1]")).isOne();
    assertThat(value(grounded, task, "a double-ended stack [1]")).isCloseTo(0.75, within(1e-12));
    assertThat(value(grounded, task, "a double-ended queue")).isZero();
    assertThat(value(grounded, task, "a double-ended queue [2]")).isZero();
    assertThat(value(grounded, task, "a double-ended queue [3]")).isZero();
    assertThat(grounded.score(task, "a queue [3]").reason()).contains("[3]").contains("2 passages");
    assertThat(value(grounded, task, "[1]")).isZero();
    assertThat(value(grounded, task, "先进先出 [2]")).isOne();
    // Of the pairs 先进, 进后, 后出 the passage has one.
    assertThat(value(new GroundedAnswer(0), task, "先进后出[2]")).isCloseTo(1.0 / 3, within(1e-12));
    assertThat(value(grounded, task, "先进后出[2]")).isZero();
  }

  @Test
  void severalRewardsAddUpByWeight() {
    WeightedRewards both = new WeightedRewards(List.of(
        new WeightedRewards.Part(2, AnswerFormat.of("a+")), new WeightedRewards.Part(-1, new AnswerLength(0, 1, 1))));
    assertThat(value(both, Task.of("?"), "a")).isOne();
    assertThat(value(both, Task.of("?"), "aaa")).isEqualTo(2);
    assertThat(both.score(Task.of("?"), "b").reason()).contains("does not match").contains("1 characters");
    assertThatThrownBy(() -> new WeightedRewards(List.of())).hasMessageContaining("at least one");
    assertThatThrownBy(() -> new VerifiableReward.Score(Double.NaN, "broken")).hasMessageContaining("broken");
  }
}
