// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.Service;
import io.millrace.core.generation.Tool;
import io.millrace.core.time.Deadline;
import io.millrace.online.Limits;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Wish;
import io.millrace.online.http.Fields;

import java.util.List;

/** A chat with a language model and nothing else, on which all of OpenAI's options hold, and some of vLLM's. */
public final class DirectChatRequest {

  /** OpenAI's default: as the model has it. */
  static final double TEMPERATURE = 1;

  /** What vLLM knows and this gateway does not. */
  static final List<String> UNSUPPORTED =
      List.of(
          "best_of", "use_beam_search", "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "prompt_logprobs",
          "length_penalty");

  private DirectChatRequest() {}

  /**
   * Reads what is wanted.
   *
   * @param service for whom
   */
  public static Wish wish(Fields body, GeneratorName by, Service service, Limits limits) {
    Unsupported.refuse(body, "leave it out", UNSUPPORTED);
    Unsupported.refuse(
        body, "leave it out", List.of("audio", "echo", "continue_final_message", "chat_template", "documents"));
    Unsupported.refuse(body, "use tools and tool_choice", List.of("functions", "function_call"));
    List<Tool> tools = ToolFields.tools(body);
    GenerationRequest what =
        new GenerationRequest(
            new Prompt.Dialogue(Turns.of(body, limits), tools),
            LengthField.of(body, limits, limits.maxTokens(), "max_completion_tokens", "max_tokens"),
            SamplingFields.of(body, TEMPERATURE),
            StopField.of(body),
            FormFields.of(body, "response_format"),
            ToolFields.choice(body, tools),
            ScoreFields.ofChat(body),
            service,
            Deadline.NONE,
            () -> false);
    return new Wish(by, what, body.integer("n", 1, Wish.MOST_CHOICES, 1), ToolFields.parallel(body));
  }
}
