// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.online.openai.ChatCompletion.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.List;
import java.util.Map;

/**
 * A completion of a text, or a chunk of one, in OpenAI's older shape.
 *
 * @param created seconds since the epoch
 * @param model as the client named it
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TextCompletion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    @Nullable Usage usage,
    @Nullable Object millrace) {

  /** What {@code object} says, of streams too. */
  public static final String OBJECT = "text_completion";

  /**
   * One of the texts. Clients expect the last two also where they are null.
   *
   * @param finishReason null on all chunks but the last
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Choice(int index, String text, @Nullable Logprobs logprobs, @Nullable String finishReason) {}

  /**
   * Scores, token by token.
   *
   * @param topLogprobs the likeliest tokens in each place
   * @param textOffset where in the text each token begins, in characters
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record Logprobs(
      List<String> tokens,
      List<Double> tokenLogprobs,
      List<Map<String, Double>> topLogprobs,
      List<Integer> textOffset) {}
}
