// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;

import java.util.HashMap;
import java.util.Map;

/** How tokens are chosen: OpenAI's fields, and those that vLLM adds. */
public final class SamplingFields {

  private static final int MOST_BIASES = 1_024;
  private static final int LARGEST_VOCABULARY = 1 << 24;

  private SamplingFields() {}

  /**
   * Reads them.
   *
   * @param temperature where the client says nothing of it
   */
  public static SamplingOptions of(Fields body, double temperature) {
    double topP = body.number("top_p", 0, 1, 1);
    return new SamplingOptions(
        body.number("temperature", 0, 2, temperature),
        Math.max(0, body.integer("top_k", -1, LARGEST_VOCABULARY, 0)),
        topP == 0 ? Double.MIN_NORMAL : topP,
        body.number("min_p", 0, 1, 0),
        positive(body, "repetition_penalty"),
        body.number("frequency_penalty", -2, 2, 0),
        body.number("presence_penalty", -2, 2, 0),
        biases(body),
        body.optionalLong("seed"));
  }

  private static double positive(Fields body, String name) {
    double value = body.number(name, 0, 10, 1);
    if (value == 0) {
      throw Refusal.badRequest(name, name + " is 0: it must be above 0 and at most 10; 1 is none");
    }
    return value;
  }

  private static Map<Integer, Double> biases(Fields body) {
    Map<Integer, Double> biases = new HashMap<>();
    body.object("logit_bias").ifPresent(given -> {
      if (given.node().size() > MOST_BIASES) {
        throw Refusal.badRequest("logit_bias",
            "logit_bias has " + given.node().size() + " tokens: at most " + MOST_BIASES);
      }
      for (String token : given.node().propertyNames()) {
        if (!token.matches("[0-9]{1,9}")) {
          throw Refusal.badRequest("logit_bias",
              "logit_bias names '" + token + "': its keys are token ids, whole numbers");
        }
        biases.put(Integer.valueOf(token), given.number(token, -100, 100, 0));
      }
    });
    return biases;
  }
}
