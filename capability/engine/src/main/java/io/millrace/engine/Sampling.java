// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import java.util.OptionalLong;

/**
 * How the next token is chosen.
 *
 * @param temperature 0 takes the likeliest; otherwise logits are divided by it
 * @param topK only so many of the likeliest are considered; 0 for all
 * @param topP only the likeliest that together have this probability are considered; 1 for all
 * @param repetitionPenalty makes tokens that occurred less likely; 1 for none (Keskar et al., CTRL, 2019)
 * @param seed same seed, same choices; empty for a random one
 */
public record Sampling(double temperature, int topK, double topP, double repetitionPenalty, OptionalLong seed) {
  /** Always the likeliest token. */
  public static final Sampling GREEDY = new Sampling(0, 0, 1, 1, OptionalLong.empty());

  /** Checks the ranges. */
  public Sampling {
    if (!(temperature >= 0 && temperature <= 100)) {
      throw new IllegalArgumentException("temperature " + temperature + " is not from 0 to 100");
    }
    if (topK < 0) {
      throw new IllegalArgumentException("top_k " + topK + " is negative");
    }
    if (!(topP > 0 && topP <= 1)) {
      throw new IllegalArgumentException("top_p " + topP + " is not above 0 and at most 1");
    }
    if (!(repetitionPenalty > 0 && repetitionPenalty < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException("repetition penalty " + repetitionPenalty + " is not positive");
    }
  }
}
