// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * How answers are drawn.
 *
 * @param temperature divides the scores; 0 always takes the likeliest token
 * @param topP only the likeliest tokens that together have this probability are drawn (Holtzman et al. 2020, nucleus),
 *     above 0; 1 for all
 * @param maxTokens an answer ends after so many
 * @param ends tokens that end an answer, sorted
 */
public record Sampling(double temperature, double topP, int maxTokens, List<Integer> ends) {
  /** Checks the ranges. */
  public Sampling {
    if (!(temperature >= 0 && temperature <= 10)) {
      throw new IllegalArgumentException("temperature " + temperature + ": must be from 0 to 10");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("topP " + topP + ": must be above 0 and at most 1");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("maxTokens " + maxTokens + ": must be at least 1");
    }
    ends = List.copyOf(new TreeSet<>(ends));
  }

  /** From the model's own distribution, which is what the estimators of reinforcement learning assume. */
  public static Sampling plain(int maxTokens, int... ends) {
    return new Sampling(1, 1, maxTokens, Arrays.stream(ends).boxed().toList());
  }

  /** The temperature of the recorded log-probabilities: 1 where the likeliest token is taken. */
  public double logProbTemperature() {
    return temperature == 0 ? 1 : temperature;
  }
}
