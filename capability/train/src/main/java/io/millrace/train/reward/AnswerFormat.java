// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import java.util.regex.Pattern;

/**
 * 1 if the whole answer matches a regular expression, else 0 (DeepSeek-AI 2025, DeepSeek-R1, section 2.2.2, format
 * rewards).
 *
 * @param pattern that the whole answer must match
 */
public record AnswerFormat(Pattern pattern) implements VerifiableReward {
  /** From the text of a regular expression. */
  public static AnswerFormat of(String expression) {
    return new AnswerFormat(Pattern.compile(expression));
  }

  @Override
  public Score score(Task task, String answer) {
    return pattern.matcher(answer).matches() ? new Score(1, "in form") : new Score(0, "does not match " + pattern);
  }
}
