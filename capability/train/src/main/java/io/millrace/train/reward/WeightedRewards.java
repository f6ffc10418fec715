// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import java.util.ArrayList;
import java.util.List;

/**
 * Several rewards at once: the sum of their scores, each times its weight.
 *
 * @param parts at least one
 */
public record WeightedRewards(List<Part> parts) implements VerifiableReward {
  /**
   * One of them.
   *
   * @param weight may be negative, for what is not wanted
   * @param reward what gives the score
   */
  public record Part(double weight, VerifiableReward reward) {}

  /** Copies the parts. */
  public WeightedRewards {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("weighted rewards of no parts: give at least one");
    }
  }

  @Override
  public Score score(Task task, String answer) {
    double sum = 0;
    List<String> reasons = new ArrayList<>();
    for (Part part : parts) {
      Score score = part.reward.score(task, answer);
      sum += part.weight * score.value();
      reasons.add("%s × %.3g (%s)".formatted(part.weight, score.value(), score.reason()));
    }
    return new Score(sum, String.join(", ", reasons));
  }
}
