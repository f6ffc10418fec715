// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.Service;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.time.Deadline;
import io.millrace.online.Limits;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Wish;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.List;

/**
 * Texts to continue.
 *
 * @param by which model
 * @param prompts the texts
 * @param choices how many continuations of each
 * @param echo whether a choice begins with its prompt
 * @param wishes one for each prompt
 */
public record TextCompletionRequest(
    GeneratorName by, List<String> prompts, int choices, boolean echo, List<Wish> wishes) {

  /** OpenAI's default. */
  private static final int MAX_TOKENS = 16;

  public TextCompletionRequest {
    prompts = List.copyOf(prompts);
    wishes = List.copyOf(wishes);
  }

  /**
   * Reads what is wanted.
   *
   * @param service for whom
   */
  public static TextCompletionRequest of(Fields body, GeneratorName by, Service service, Limits limits) {
    int choices = body.integer("n", 1, Wish.MOST_CHOICES, 1);
    if (body.has("best_of") && body.integer("best_of", 1, 1_000, 1) != choices) {
      throw Refusal.badRequest("best_of", "best_of other than n is not supported here: ask for n choices and take one");
    }
    Unsupported.refuse(body, "leave it out",
        DirectChatRequest.UNSUPPORTED.stream().filter(name -> !name.equals("best_of")).toList());
    Unsupported.refuse(body, "put what follows into the prompt", List.of("suffix"));
    List<String> prompts = prompts(body, limits);
    if (prompts.size() * choices > Wish.MOST_CHOICES) {
      throw Refusal.badRequest(
          "prompt", prompts.size() + " prompts with " + choices + " choices each are more than " + Wish.MOST_CHOICES
              + " choices at once: send several requests");
    }
    int scores = body.integer("logprobs", 0, GenerationRequest.MOST_SCORES, -1);
    boolean echo = body.flag("echo", false);
    if (echo && scores >= 0) {
      throw Refusal.badRequest("echo",
          "echo goes with logprobs nowhere here, since prompts are not scored: leave out one of them");
    }
    List<Wish> wishes =
        prompts.stream()
            .map(prompt -> new GenerationRequest(
                new Prompt.Text(prompt),
                LengthField.of(body, limits, MAX_TOKENS, "max_tokens"),
                SamplingFields.of(body, DirectChatRequest.TEMPERATURE),
                StopField.of(body),
                FormFields.of(body, "response_format"),
                ToolChoice.NONE,
                scores,
                service,
                Deadline.NONE,
                () -> false))
            .map(what -> new Wish(by, what, choices, true))
            .toList();
    return new TextCompletionRequest(by, prompts, choices, echo, wishes);
  }

  private static List<String> prompts(Fields body, Limits limits) {
    JsonNode prompt = body.node().get("prompt");
    if (prompt == null || prompt.isNull()) {
      throw Refusal.badRequest("prompt", "prompt is missing: it must be a text or a list of texts");
    }
    if (prompt.isArray() && !prompt.isEmpty() && (prompt.get(0).isNumber() || prompt.get(0).isArray())) {
      throw Refusal.badRequest("prompt", "prompt is a list of token ids, which are not taken here: send texts");
    }
    List<String> prompts =
        prompt.isArray()
            ? body.texts("prompt", limits.batch(), limits.bodyBytes())
            : List.of(Fields.text(prompt, "prompt", limits.bodyBytes()));
    if (prompts.isEmpty() || prompts.stream().anyMatch(String::isEmpty)) {
      throw Refusal.badRequest("prompt",
          "prompt is empty, or holds an empty text: there must be something to continue");
    }
    return prompts;
  }
}
