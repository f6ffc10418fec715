// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

/**
 * 1 if the answer's length is within bounds, falling linearly to 0 over some characters beyond them, which leaves a
 * slope to climb (Yu et al. 2025, DAPO, equation 13).
 *
 * @param least characters (Unicode code points) of a good answer
 * @param most characters of a good answer
 * @param slack characters below {@code least} or above {@code most} at which the reward is 0, at least 1
 */
public record AnswerLength(int least, int most, int slack) implements VerifiableReward {
  /** Checks the ranges. */
  public AnswerLength {
    if (least < 0 || most < least || slack < 1) {
      throw new IllegalArgumentException("length from %d to %d with a slack of %d: must rise from 0, slack at least 1"
          .formatted(least, most, slack));
    }
  }

  @Override
  public Score score(Task task, String answer) {
    int length = answer.codePointCount(0, answer.length());
    int beyond = Math.max(0, Math.max(least - length, length - most));
    return new Score(Math.max(0, 1 - (double) beyond / slack), length + " characters");
  }
}
