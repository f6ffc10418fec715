// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is chosen.
 *
 * @param temperature 0 takes the likeliest; otherwise logits are divided by it; at most 2
 * @param topK only so many of the likeliest are considered; 0 for all
 * @param topP only the likeliest that together have this probability are considered (nucleus); above 0, 1 for all
 * @param minP only those are considered whose probability is at least this share of the likeliest's; 0 for all
 * @param repetitionPenalty makes tokens less likely that occurred, in the prompt or the answer; 1 for none
 * @param frequencyPenalty taken off a token's logit for each time that it was written; from -2 to 2
 * @param presencePenalty taken off a token's logit once it was written; from -2 to 2
 * @param logitBias added to the logits of single tokens, by id; from -100 to 100
 * @param seed same seed, same text; empty for a random one
 */
public record SamplingOptions(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    double frequencyPenalty,
    double presencePenalty,
    Map<Integer, Double> logitBias,
    OptionalLong seed) {
  /** Always the likeliest token. */
  public static final SamplingOptions GREEDY =
      new SamplingOptions(0, 0, 1, 0, 1, 0, 0, Map.of(), OptionalLong.empty());

  public SamplingOptions {
    logitBias = Map.copyOf(logitBias);
    check("temperature", temperature, temperature >= 0 && temperature <= 2, "from 0 to 2");
    check("top_k", topK, topK >= 0, "0 or more");
    check("top_p", topP, topP > 0 && topP <= 1, "above 0 and at most 1");
    check("min_p", minP, minP >= 0 && minP <= 1, "from 0 to 1");
    check("repetition_penalty", repetitionPenalty, repetitionPenalty > 0 && repetitionPenalty <= 10, "above 0 and at most 10");
    check("frequency_penalty", frequencyPenalty, Math.abs(frequencyPenalty) <= 2, "from -2 to 2");
    check("presence_penalty", presencePenalty, Math.abs(presencePenalty) <= 2, "from -2 to 2");
    logitBias.forEach((token, bias) -> check("logit_bias of token " + token, bias, Math.abs(bias) <= 100, "from -100 to 100"));
  }

  /** Random choices at this temperature, all else left as it is. */
  public static SamplingOptions of(double temperature, double topP, OptionalLong seed) {
    return new SamplingOptions(temperature, 0, topP, 0, 1, 0, 0, Map.of(), seed);
  }

  /** The same with another seed. */
  public SamplingOptions withSeed(long seed) {
    return new SamplingOptions(temperature, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty,
        logitBias, OptionalLong.of(seed));
  }

  private static void check(String name, Number value, boolean right, String range) {
    if (!right) {
      throw new IllegalArgumentException(name + " " + value + " is not " + range);
    }
  }
}
