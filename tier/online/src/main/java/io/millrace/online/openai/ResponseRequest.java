// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.Service;
import io.millrace.core.generation.Tool;
import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.online.Limits;
import io.millrace.online.generate.GeneratorName;
import io.millrace.online.generate.Wish;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.List;

/**
 * A request for a response. Nothing is stored: each request holds all that the model shall know.
 *
 * @param body as it came; what the response repeats of it is taken from there
 * @param wish what is to be written
 */
public record ResponseRequest(Fields body, Wish wish) {

  private static final String LOGPROBS = "message.output_text.logprobs";

  /**
   * Reads what is wanted.
   *
   * @param service for whom
   */
  public static ResponseRequest of(Fields body, GeneratorName by, Service service, Limits limits) {
    String stateless = "nothing is stored here, so send the whole input each time";
    Unsupported.refuse(body, stateless, List.of("store", "previous_response_id", "conversation"));
    Unsupported.refuse(body, "leave it out", List.of("background", "prompt"));
    Unsupported.refuse(body, "leave it out", DirectChatRequest.UNSUPPORTED);
    if (body.optionalText("truncation", 32).orElse("disabled").equals("auto")) {
      throw Refusal.badRequest("truncation",
          "truncation is auto: nothing is dropped here; shorten the input, and leave it out");
    }
    List<Tool> tools = ToolFields.tools(body);
    Fields text = body.object("text").orElse(new Fields(Json.mapper().createObjectNode(), "text."));
    GenerationRequest what =
        new GenerationRequest(
            new Prompt.Dialogue(ResponseItems.of(body, limits), tools),
            LengthField.of(body, limits, limits.maxTokens(), "max_output_tokens"),
            SamplingFields.of(body, DirectChatRequest.TEMPERATURE),
            StopField.of(body),
            text.has("format") ? FormFields.of(text, "format") : FormFields.of(body, "response_format"),
            ToolFields.choice(body, tools),
            scores(body),
            service,
            Deadline.NONE,
            () -> false);
    return new ResponseRequest(body, new Wish(by, what, 1, ToolFields.parallel(body)));
  }

  /** Returns a field as it came. */
  JsonNode given(String name, JsonNode otherwise) {
    JsonNode value = body.node().get(name);
    return value == null ? otherwise : value;
  }

  private static int scores(Fields body) {
    boolean wanted = body.texts("include", 64, 256).contains(LOGPROBS);
    int alternatives = body.integer("top_logprobs", 0, GenerationRequest.MOST_SCORES, 0);
    if (!wanted && alternatives > 0) {
      throw Refusal.badRequest("top_logprobs",
          "top_logprobs is " + alternatives + ", but include does not name " + LOGPROBS);
    }
    return wanted ? alternatives : -1;
  }
}
