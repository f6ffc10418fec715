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
import java.util.Set;

/** The messages of a chat. */
public final class Turns {

  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
  private static final int LONGEST_ID = 256;
  private static final int MOST_CALLS = 128;

  private Turns() {}

  /**
   * Reads all turns, calls of tools and their results included.
   *
   * @throws Refusal when there is none, or one that makes no sense
   */
  public static List<Message> of(Fields body, Limits limits) {
    List<Message> messages = new ArrayList<>();
    for (Fields turn : turns(body, limits)) {
      String content = content(turn, limits.bodyBytes());
      switch (role(turn)) {
        case "tool", "function" ->
            messages.add(new Message("tool", content, List.of(),
                turn.optionalText("tool_call_id", LONGEST_ID).orElse("")));
        case "assistant" -> messages.add(new Message("assistant", content, calls(turn, limits), ""));
        case "user" -> messages.add(new Message("user", content));
        default -> messages.add(new Message("system", content));
      }
    }
    return messages;
  }

  /**
   * Reads what system, user and assistant say, the user's question last, for models that call no tools.
   *
   * @throws Refusal when the last turn is not the user's, or blank
   */
  public static List<Message> ofQuestion(Fields body, Limits limits) {
    List<Fields> turns = turns(body, limits);
    List<Message> messages = new ArrayList<>();
    for (int place = 0; place < turns.size(); place++) {
      Fields turn = turns.get(place);
      boolean last = place == turns.size() - 1;
      String role = role(turn);
      String content = content(turn, last ? limits.questionCharacters() : limits.bodyBytes());
      if (last && !role.equals("user")) {
        throw Refusal.badRequest(turn.name("role"),
            "the last message is of the role '" + role + "': it must be the user's");
      }
      if (last && content.isBlank()) {
        throw Refusal.badRequest(turn.name("content"), "the question is blank: ask something");
      }
      if (role.equals("user") || role.equals("assistant")) {
        messages.add(new Message(role, content));
      } else if (!role.equals("tool") && !role.equals("function")) {
        messages.add(new Message("system", content));
      }
    }
    return messages;
  }

  private static List<Fields> turns(Fields body, Limits limits) {
    List<Fields> given = body.objects("messages", limits.messages());
    if (given.isEmpty()) {
      throw Refusal.badRequest("messages", "messages is missing or empty: send at least one message of the user");
    }
    return given;
  }

  private static String role(Fields turn) {
    String role = turn.text("role", 32);
    if (!ROLES.contains(role)) {
      throw Refusal.badRequest(
          turn.name("role"), turn.name("role") + " is '" + role + "': use system, user, assistant or tool");
    }
    return role;
  }

  /** Content is a text or a list of parts, of which only texts are understood. */
  private static String content(Fields turn, int longest) {
    JsonNode content = turn.node().get("content");
    String name = turn.name("content");
    if (content == null || content.isNull()) {
      return "";
    }
    if (!content.isArray()) {
      return Fields.text(content, name, longest);
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : turn.objects("content", 1_000)) {
      String type = part.text("type", 64);
      if (!type.equals("text") && !type.equals("refusal")) {
        throw Refusal.badRequest(part.name("type"), part.name("type") + " is '" + type + "': only text is understood");
      }
      text.append(text.isEmpty() ? "" : "\n").append(part.optionalText(type, longest).orElse(""));
    }
    if (text.length() > longest) {
      throw Refusal.tooLong(name, name + " has " + text.length() + " characters: at most " + longest + " are allowed");
    }
    return text.toString();
  }

  private static List<ToolCall> calls(Fields turn, Limits limits) {
    List<ToolCall> calls = new ArrayList<>();
    for (Fields call : turn.objects("tool_calls", MOST_CALLS)) {
      Fields function =
          call.object("function").orElseThrow(
              () -> Refusal.badRequest(call.name("function"),
                  call.name("function") + " is missing: only functions can be called"));
      calls.add(
          new ToolCall(
              call.optionalText("id", LONGEST_ID).orElse(""), function.text("name", 64),
              function.optionalText("arguments", limits.bodyBytes()).orElse("{}")));
    }
    return calls;
  }
}
