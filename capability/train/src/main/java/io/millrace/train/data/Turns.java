// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate.Turn;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Turns of a dialogue as JSON writes them: {@code role} and {@code content}, or ShareGPT's {@code from} and {@code value}. */
final class Turns {
  /** What others call the four roles. */
  private static final Map<String, String> ROLES = Map.ofEntries(
      Map.entry("system", "system"),
      Map.entry("developer", "system"),
      Map.entry("user", "user"),
      Map.entry("human", "user"),
      Map.entry("assistant", "assistant"),
      Map.entry("gpt", "assistant"),
      Map.entry("bot", "assistant"),
      Map.entry("model", "assistant"),
      Map.entry("function_call", "assistant"),
      Map.entry("tool", "tool"),
      Map.entry("function", "tool"),
      Map.entry("observation", "tool"));

  private Turns() {}

  /** The turns under a key; a plain text is one turn of the given role. */
  static List<Turn> under(JsonRecord record, String key, String roleOfText) {
    JsonNode value = record.json().path(key);
    if (value.isString()) {
      return List.of(new Turn(roleOfText, value.asString()));
    }
    if (value.isObject()) {
      return List.of(turn(record, key, value));
    }
    List<Turn> turns = new ArrayList<>();
    for (JsonNode turn : record.array(key)) {
      turns.add(turn(record, key, turn));
    }
    return turns;
  }

  private static Turn turn(JsonRecord record, String key, JsonNode turn) {
    String role = turn.path("role").asString(turn.path("from").asString(""));
    String known = ROLES.get(role);
    if (known == null) {
      throw record.place().refusal("'" + key + "' has a turn with the role '" + role + "'; known are "
          + ROLES.keySet().stream().sorted().toList());
    }
    return new Turn(known, content(record, key, turn));
  }

  /** OpenAI's content may be a text, a list of parts, or null beside a call of a tool. */
  private static String content(JsonRecord record, String key, JsonNode turn) {
    JsonNode content = turn.has("content") ? turn.get("content") : turn.get("value");
    if (content != null && content.isArray()) {
      StringBuilder text = new StringBuilder();
      for (JsonNode part : content) {
        if (!part.path("type").asString("text").equals("text")) {
          throw record.place().refusal(
              "'" + key + "' has a part of type '" + part.path("type").asString() + "': only text is learnt");
        }
        text.append(record.text("text", part.get("text")));
      }
      return text.toString();
    }
    if ((content == null || content.isNull()) && turn.path("tool_calls").isArray()) {
      return turn.path("tool_calls").toString();
    }
    return record.text("content", content);
  }
}
