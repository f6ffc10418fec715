// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Message;
import io.millrace.core.generation.ToolCall;
import io.millrace.online.Limits;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/** The input of a response: a text, or items, which are messages, calls of tools and what came of them. */
final class ResponseItems {

  private static final int LONGEST_ID = 256;
  private static final int MOST_PARTS = 1_000;

  private ResponseItems() {}

  /** Reads the instructions and the input as the turns of a dialogue. */
  static List<Message> of(Fields body, Limits limits) {
    List<Message> messages = new ArrayList<>();
    body.optionalText("instructions", limits.bodyBytes()).filter(text -> !text.isEmpty())
        .ifPresent(text -> messages.add(new Message("system", text)));
    JsonNode input = body.node().get("input");
    if (input == null || input.isNull() || (input.isContainer() && input.isEmpty())) {
      throw Refusal.badRequest("input", "input is missing or empty: it must be a text or a list of items");
    }
    if (input.isArray()) {
      body.objects("input", limits.messages()).forEach(item -> add(item, messages, limits));
    } else {
      messages.add(new Message("user", Fields.text(input, "input", limits.bodyBytes())));
    }
    if (messages.isEmpty()) {
      throw Refusal.badRequest("input", "input has no item that says anything: send at least one message of the user");
    }
    return messages;
  }

  private static void add(Fields item, List<Message> messages, Limits limits) {
    String type = item.optionalText("type", 64).orElse("message");
    switch (type) {
      case "message" -> messages.add(new Message(role(item), text(item, "content", limits)));
      case "function_call" -> call(item, messages, limits);
      case "function_call_output" ->
          messages.add(new Message("tool", text(item, "output", limits), List.of(), item.text("call_id", LONGEST_ID)));
      // Thoughts of other models, which say nothing to these.
      case "reasoning" -> {}
      default -> throw Refusal.badRequest(
          item.name("type"),
          item.name("type") + " is '" + type
              + "': use message, function_call or function_call_output; nothing is stored here");
    }
  }

  private static String role(Fields item) {
    String role = item.text("role", 32);
    return switch (role) {
      case "user", "assistant", "system" -> role;
      case "developer" -> "system";
      default -> throw Refusal.badRequest(
          item.name("role"), item.name("role") + " is '" + role + "': use system, developer, user or assistant");
    };
  }

  /** Calls that follow each other were made in one turn. */
  private static void call(Fields item, List<Message> messages, Limits limits) {
    ToolCall call =
        new ToolCall(
            item.text("call_id", LONGEST_ID), item.text("name", 64),
            item.optionalText("arguments", limits.bodyBytes()).orElse("{}"));
    Message last = messages.isEmpty() ? null : messages.getLast();
    if (last != null && last.role().equals("assistant")) {
      List<ToolCall> calls = new ArrayList<>(last.toolCalls());
      calls.add(call);
      messages.set(messages.size() - 1, new Message("assistant", last.content(), calls, ""));
    } else {
      messages.add(new Message("assistant", "", List.of(call), ""));
    }
  }

  private static String text(Fields item, String name, Limits limits) {
    JsonNode content = item.node().get(name);
    if (content == null || content.isNull()) {
      return "";
    }
    if (!content.isArray()) {
      return Fields.text(content, item.name(name), limits.bodyBytes());
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : item.objects(name, MOST_PARTS)) {
      String type = part.text("type", 64);
      String field = type.equals("refusal") ? "refusal" : "text";
      if (!type.equals("input_text") && !type.equals("output_text") && !type.equals("text")
          && !type.equals("refusal")) {
        throw Refusal.badRequest(part.name("type"), part.name("type") + " is '" + type + "': only text is understood");
      }
      text.append(text.isEmpty() ? "" : "\n").append(part.optionalText(field, limits.bodyBytes()).orElse(""));
    }
    return text.toString();
  }
}
