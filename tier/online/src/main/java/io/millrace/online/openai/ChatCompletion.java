// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.List;

/**
 * A chat completion or a chunk of one in OpenAI's shape, with what this gateway adds under {@code millrace}.
 *
 * @param object {@link #WHOLE} or {@link #CHUNK}
 * @param created seconds since the epoch
 * @param model as the client named it
 * @param millrace in a stream only on the last chunk of those that come when the answer has ended
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChatCompletion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    @Nullable Usage usage,
    @Nullable Object millrace) {

  /** All at once. */
  public static final String WHOLE = "chat.completion";

  /** A part of a stream. */
  public static final String CHUNK = "chat.completion.chunk";

  /**
   * One of the answers.
   *
   * @param message the whole of it
   * @param delta in a stream, what is new of it
   * @param finishReason {@code stop}, {@code length}, {@code tool_calls} or {@code content_filter}
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Choice(
      int index,
      @Nullable Said message,
      @Nullable Said delta,
      @Nullable Logprobs logprobs,
      @Nullable String finishReason) {}

  /**
   * What the assistant says.
   *
   * @param role in a stream only once
   * @param refusal why risk control kept the answer back
   */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Said(
      @Nullable String role, @Nullable String content, @Nullable String refusal, @Nullable List<Call> toolCalls) {
    /** Says a text. */
    public static Said text(@Nullable String role, @Nullable String content) {
      return new Said(role, content, null, null);
    }
  }

  /**
   * A call of a tool.
   *
   * @param index in a stream, which of the calls
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Call(@Nullable Integer index, @Nullable String id, @Nullable String type, Function function) {}

  /** A function and its arguments, a JSON object as text. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Function(@Nullable String name, @Nullable String arguments) {}

  /** Scores of the tokens of a choice, or of a part of it. */
  public record Logprobs(List<Token> content) {}

  /** A token, or an alternative to one, which has none of its own. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Token(String token, double logprob, List<Integer> bytes, @Nullable List<Token> topLogprobs) {}

  /** What was read and written. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Usage(
      int promptTokens, int completionTokens, int totalTokens, @Nullable PromptDetails promptTokensDetails) {
    /** Returns the counts with their sum. */
    public static Usage of(int prompt, int completion) {
      return new Usage(prompt, completion, prompt + completion, null);
    }

    /** Returns the counts with their sum. */
    public static Usage of(int prompt, int cached, int completion) {
      return new Usage(prompt, completion, prompt + completion, new PromptDetails(cached));
    }
  }

  /** What was read already for an earlier request. */
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  public record PromptDetails(int cachedTokens) {}
}
