// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.OutputFormat;
import io.millrace.core.generation.Prompt;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.util.Objects;

/**
 * A request in OpenAI's words. Options that change nothing are not sent: some servers refuse fields that they do not
 * know.
 *
 * @param path behind the server's address
 * @param json the body
 */
record UpstreamBody(String path, ObjectNode json) {

  /**
   * Writes a request.
   *
   * @throws IllegalArgumentException when the server's dialect has no words for it
   */
  static UpstreamBody of(GenerationRequest request, UpstreamSettings settings, Dialect dialect) {
    if (!request.service().adapter().isEmpty()) {
      throw new IllegalArgumentException(
          "there is no adapter '" + request.service().adapter() + "' on the upstream: ask for its model alone");
    }
    ObjectNode body = Json.mapper().createObjectNode();
    body.put("model", settings.model());
    boolean dialogue = request.prompt() instanceof Prompt.Dialogue;
    switch (request.prompt()) {
      case Prompt.Dialogue(var messages, var tools) -> {
        messages.forEach(message -> put(message, body.withArray("messages")));
        tools.forEach(tool -> put(tool, body.withArray("tools")));
        if (!tools.isEmpty()) {
          put(request.toolChoice(), body);
        }
      }
      case Prompt.Text(String text) -> body.put("prompt", text);
    }
    body.put("stream", true).putObject("stream_options").put("include_usage", true);
    body.put(dialogue ? dialect.maxTokens() : "max_tokens", request.maxTokens());
    if (!request.stop().isEmpty()) {
      request.stop().forEach(body.putArray("stop")::add);
    }
    put(request.sampling(), body);
    dialect.extras(request.sampling(), body);
    put(request.format(), body);
    dialect.form(request.format(), body);
    dialect.priority(request.service().priority(), body);
    putScores(request.scores(), dialogue, body);
    Objects.requireNonNull(settings.extra()).forEach(body::putPOJO); // the record fills it in
    body.remove(settings.omit());
    return new UpstreamBody(dialogue ? "/chat/completions" : "/completions", body);
  }

  private static void put(Message message, ArrayNode messages) {
    ObjectNode json = messages.addObject().put("role", message.role());
    if (message.toolCalls().isEmpty()) {
      json.put("content", message.content());
    } else {
      json.put("content", message.content().isEmpty() ? null : message.content());
      ArrayNode calls = json.putArray("tool_calls");
      for (ToolCall call : message.toolCalls()) {
        calls.addObject().put("id", call.id()).put("type", "function")
            .putObject("function").put("name", call.name()).put("arguments", call.arguments());
      }
    }
    if (!message.toolCallId().isEmpty()) {
      json.put("tool_call_id", message.toolCallId());
    }
  }

  private static void put(Tool tool, ArrayNode tools) {
    ObjectNode function = tools.addObject().put("type", "function").putObject("function").put("name", tool.name());
    if (!tool.description().isEmpty()) {
      function.put("description", tool.description());
    }
    function.set("parameters", tool.parameters());
  }

  private static void put(ToolChoice choice, ObjectNode body) {
    switch (choice) {
      case ToolChoice.Any(boolean required) -> body.put("tool_choice", required ? "required" : "auto");
      case ToolChoice.None none -> body.put("tool_choice", "none");
      case ToolChoice.Named(String name) ->
          body.putObject("tool_choice").put("type", "function").putObject("function").put("name", name);
    }
  }

  private static void put(SamplingOptions sampling, ObjectNode body) {
    if (sampling.temperature() != 1) {
      body.put("temperature", sampling.temperature());
    }
    if (sampling.topP() != 1) {
      body.put("top_p", sampling.topP());
    }
    if (sampling.frequencyPenalty() != 0) {
      body.put("frequency_penalty", sampling.frequencyPenalty());
    }
    if (sampling.presencePenalty() != 0) {
      body.put("presence_penalty", sampling.presencePenalty());
    }
    sampling.seed().ifPresent(seed -> body.put("seed", seed));
    if (!sampling.logitBias().isEmpty()) {
      ObjectNode bias = body.putObject("logit_bias");
      sampling.logitBias().forEach((token, value) -> bias.put(Integer.toString(token), value));
    }
  }

  private static void put(OutputFormat format, ObjectNode body) {
    if (format instanceof OutputFormat.JsonObject) {
      body.putObject("response_format").put("type", "json_object");
    } else if (format instanceof OutputFormat.JsonSchema(var schema)) {
      body.putObject("response_format").put("type", "json_schema")
          .putObject("json_schema").put("name", "answer").put("strict", true).set("schema", schema);
    }
  }

  private static void putScores(int scores, boolean dialogue, ObjectNode body) {
    if (scores >= 0 && dialogue) {
      body.put("logprobs", true).put("top_logprobs", scores);
    } else if (scores >= 0) {
      body.put("logprobs", scores);
    }
  }
}
