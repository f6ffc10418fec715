// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.TokenScore;
import io.millrace.core.json.Json;
import io.millrace.online.generate.Outcome;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A response object of OpenAI's Responses API, before and after the model has written. */
public final class ResponseReply {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final JsonNode TEXT = Json.read("{\"format\":{\"type\":\"text\"}}", JsonNode.class);

  private final String id;
  private final long created;
  private final ResponseRequest request;

  /**
   * A reply.
   *
   * @param trace of the request; ids are made of it
   * @param created seconds since the epoch
   */
  public ResponseReply(String trace, long created, ResponseRequest request) {
    this.id = trace;
    this.created = created;
    this.request = request;
  }

  /** Returns the response while the model writes. */
  Map<String, @Nullable Object> begun() {
    return response("in_progress", null, List.of(), null, null);
  }

  /** Returns the whole response. */
  public Map<String, @Nullable Object> whole(Outcome outcome, Object details) {
    Outcome.Choice choice = outcome.choices().getFirst();
    List<Object> output = new ArrayList<>();
    if (choice.refused()) {
      output.add(message("completed", List.of(refusal(choice.refusal()))));
    } else if (!choice.text().isEmpty() || choice.calls().isEmpty()) {
      output.add(message("completed", List.of(text(choice.text(), choice.scores()))));
    }
    for (int i = 0; i < choice.calls().size(); i++) {
      output.add(
          call(i, "completed", choice.calls().get(i).id(), choice.calls().get(i).name(),
              choice.calls().get(i).arguments()));
    }
    boolean cut = choice.finish() == Finish.LENGTH || choice.finish() == Finish.DEADLINE;
    return response(
        cut ? "incomplete" : "completed", cut ? Map.of("reason", "max_output_tokens") : null, output, outcome, details);
  }

  /** Returns the response that failed in the middle. */
  Map<String, @Nullable Object> failed(String message) {
    Map<String, @Nullable Object> response = response("failed", null, List.of(), null, null);
    response.put("error", Map.of("code", "server_error", "message", message));
    return response;
  }

  String messageId() {
    return "msg_" + id;
  }

  String callId(int index) {
    return "fc_" + id + "_" + index;
  }

  Map<String, @Nullable Object> message(String status, List<Object> content) {
    Map<String, @Nullable Object> item = new LinkedHashMap<>();
    item.put("id", messageId());
    item.put("type", "message");
    item.put("role", "assistant");
    item.put("status", status);
    item.put("content", content);
    return item;
  }

  static Map<String, @Nullable Object> text(String text, List<TokenScore> scores) {
    Map<String, @Nullable Object> part = new LinkedHashMap<>();
    part.put("type", "output_text");
    part.put("text", text);
    part.put("annotations", List.of());
    part.put("logprobs", logprobs(scores));
    return part;
  }

  static Map<String, Object> refusal(String why) {
    return Map.of("type", "refusal", "refusal", why);
  }

  Map<String, @Nullable Object> call(int index, String status, String callId, String name, String arguments) {
    Map<String, @Nullable Object> item = new LinkedHashMap<>();
    item.put("id", callId(index));
    item.put("type", "function_call");
    item.put("status", status);
    item.put("call_id", callId);
    item.put("name", name);
    item.put("arguments", arguments);
    return item;
  }

  static List<Map<String, Object>> logprobs(List<TokenScore> scores) {
    return scores.stream().map(score -> {
      Map<String, Object> token = token(score);
      token.put("top_logprobs", score.alternatives().stream().map(ResponseReply::token).toList());
      return token;
    }).toList();
  }

  private static Map<String, Object> token(TokenScore score) {
    Map<String, Object> token = new LinkedHashMap<>();
    token.put("token", score.token());
    token.put("bytes", score.bytes());
    token.put("logprob", Math.max(-9999, score.logprob()));
    return token;
  }

  private Map<String, @Nullable Object> response(
      String status,
      @Nullable Object incomplete,
      List<Object> output,
      @Nullable Outcome outcome,
      @Nullable Object details) {
    Map<String, @Nullable Object> response = new LinkedHashMap<>();
    response.put("id", "resp_" + id);
    response.put("object", "response");
    response.put("created_at", created);
    response.put("status", status);
    response.put("error", null);
    response.put("incomplete_details", incomplete);
    response.put("instructions", request.given("instructions", JSON.nullNode()));
    response.put("max_output_tokens", request.wish().what().maxTokens());
    response.put("model", request.wish().by().model());
    response.put("output", output);
    response.put("parallel_tool_calls", request.wish().parallelCalls());
    response.put("previous_response_id", null);
    response.put("store", false);
    response.put("temperature", request.wish().what().sampling().temperature());
    response.put("text", request.given("text", TEXT));
    response.put("tool_choice", request.given("tool_choice", JSON.stringNode("auto")));
    response.put("tools", request.given("tools", JSON.arrayNode()));
    response.put("top_p", request.wish().what().sampling().topP());
    response.put("truncation", "disabled");
    response.put("metadata", request.given("metadata", JSON.objectNode()));
    response.put("usage", outcome == null ? null : usage(outcome));
    if (details != null) {
      response.put("millrace", details);
    }
    return response;
  }

  private static Map<String, Object> usage(Outcome outcome) {
    return Map.of(
        "input_tokens", outcome.promptTokens(),
        "input_tokens_details", Map.of("cached_tokens", outcome.cachedTokens(), "cache_write_tokens", 0),
        "output_tokens", outcome.completionTokens(),
        "output_tokens_details", Map.of("reasoning_tokens", 0),
        "total_tokens", outcome.promptTokens() + outcome.completionTokens());
  }
}
