// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.core.document.Language;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.online.answer.Answer;
import io.millrace.online.answer.Citation;
import io.millrace.online.answer.Mode;
import io.millrace.online.answer.Retrieved;
import io.millrace.online.answer.StageVerdict;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import java.util.List;
import java.util.Map;

/**
 * A chat completion or a chunk of one in OpenAI's shape, with what this gateway adds under {@code millrace}.
 *
 * @param object {@code chat.completion} or {@code chat.completion.chunk}
 * @param created seconds since the epoch
 * @param model as the client named it
 * @param millrace in a stream only on the chunk that says why the answer ended
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
record Completion(
    String id,
    String object,
    long created,
    String model,
    List<Choice> choices,
    @Nullable Usage usage,
    @Nullable Details millrace) {

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Choice(int index, @Nullable Text message, @Nullable Text delta, @Nullable String finishReason) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Text(@Nullable String role, @Nullable String content) {}

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Usage(int promptTokens, int completionTokens, int totalTokens) {}

  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Details(
      String trace,
      String mode,
      @Nullable String model,
      boolean grounded,
      List<Citation> citations,
      List<Retrieved> retrieved,
      List<StageVerdict> verdicts,
      Map<String, Double> timings,
      List<String> notes) {}

  static Completion whole(String id, long created, String model, Answer answer, Language language) {
    Choice choice = new Choice(0, new Text("assistant", answer.text()), null, finish(answer));
    return new Completion(id, "chat.completion", created, model, List.of(choice), usage(answer), details(answer, language));
  }

  static Completion piece(String id, long created, String model, @Nullable String role, String text) {
    Choice choice = new Choice(0, null, new Text(role, text), null);
    return new Completion(id, "chat.completion.chunk", created, model, List.of(choice), null, null);
  }

  static Completion end(String id, long created, String model, Answer answer, Language language) {
    Choice choice = new Choice(0, null, new Text(null, null), finish(answer));
    return new Completion(id, "chat.completion.chunk", created, model, List.of(choice), null, details(answer, language));
  }

  static Completion count(String id, long created, String model, Answer answer) {
    return new Completion(id, "chat.completion.chunk", created, model, List.of(), usage(answer), null);
  }

  private static Usage usage(Answer answer) {
    return new Usage(
        answer.promptTokens(), answer.completionTokens(), answer.promptTokens() + answer.completionTokens());
  }

  private static String finish(Answer answer) {
    if (answer.mode() == Mode.REFUSED) {
      return "content_filter";
    }
    return answer.finish() == Finish.LENGTH || answer.finish() == Finish.DEADLINE ? "length" : "stop";
  }

  private static Details details(Answer answer, Language language) {
    return new Details(
        answer.trace(),
        answer.mode().code(),
        answer.model(),
        answer.grounded(),
        answer.citations(),
        answer.retrieved(),
        answer.verdicts().stream().map(verdict -> verdict.in(language)).toList(),
        answer.timings(),
        answer.notes());
  }
}
