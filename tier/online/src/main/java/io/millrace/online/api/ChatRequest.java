// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.generation.Message;
import io.millrace.core.spi.Deadline;
import io.millrace.online.Limits;
import io.millrace.online.answer.Question;
import io.millrace.online.answer.Route;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * A request for a chat completion, as OpenAI's clients send it. Fields that would change the answer and are not
 * supported are refused; others that are not known are ignored, as OpenAI's servers do.
 *
 * @param route which model
 * @param messages the dialogue, the user's question last
 * @param writing how to write
 * @param stream whether the answer is sent piece by piece
 * @param includeUsage whether a stream ends with the token counts
 * @param user as named by the client; empty for none
 */
record ChatRequest(
    Route route,
    List<Message> messages,
    Question.Writing writing,
    boolean stream,
    boolean includeUsage,
    String user) {

  private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant", "tool", "function");
  private static final int MOST_STOPS = 4;
  private static final int LONGEST_STOP = 256;

  static ChatRequest of(Fields body, Limits limits) {
    String model = body.text("model", 256);
    Route route = Route.of(model).orElseThrow(() -> ModelNames.unknown(model, Route.names()));
    refuseWhatIsNotSupported(body);
    List<Message> messages = messages(body, limits);
    int maxTokens =
        body.has("max_completion_tokens")
            ? body.integer("max_completion_tokens", 1, limits.maxTokens(), 1)
            : body.integer("max_tokens", 1, limits.maxTokens(), Question.Writing.DEFAULT.maxTokens());
    double topP = body.number("top_p", 0, 1, 1);
    OptionalLong seed = body.optionalLong("seed");
    Question.Writing writing =
        new Question.Writing(
            Math.min(maxTokens, limits.maxTokens()),
            // Greedy unless the client wants otherwise: answers rest on sources, not on inspiration.
            body.number("temperature", 0, 2, 0),
            topP == 0 ? Double.MIN_NORMAL : topP,
            seed,
            stops(body));
    boolean usage = body.object("stream_options").map(options -> options.flag("include_usage", false)).orElse(false);
    return new ChatRequest(
        route, messages, writing, body.flag("stream", false), usage, body.optionalText("user", 128).orElse(""));
  }

  /** Returns the user's question. */
  String text() {
    return messages.getLast().content();
  }

  Question question(String trace, String user, Deadline deadline, BooleanSupplier cancelled) {
    return new Question(trace, user, route, messages, writing, deadline, cancelled);
  }

  private static void refuseWhatIsNotSupported(Fields body) {
    if (body.integer("n", 1, 1_000, 1) != 1) {
      throw Refusal.badRequest("n", "n must be 1: an answer from sources has no variants");
    }
    for (String name : List.of("tools", "functions")) {
      if (!body.list(name, 1_000).isEmpty()) {
        throw Refusal.badRequest(name, name + " are not supported by these models: leave them out");
      }
    }
    if (body.flag("logprobs", false)) {
      throw Refusal.badRequest("logprobs", "logprobs are not supported: leave them out");
    }
    body.object("response_format").flatMap(format -> format.optionalText("type", 64)).ifPresent(type -> {
      if (!type.equals("text")) {
        throw Refusal.badRequest("response_format", "response_format '" + type + "' is not supported: use text");
      }
    });
  }

  private static List<Message> messages(Fields body, Limits limits) {
    List<Fields> given = body.objects("messages", limits.messages());
    if (given.isEmpty()) {
      throw Refusal.badRequest("messages", "messages is missing or empty: send at least one message of the user");
    }
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      Fields message = given.get(i);
      String role = message.text("role", 32);
      if (!ROLES.contains(role)) {
        throw Refusal.badRequest(
            message.name("role"), message.name("role") + " is '" + role + "': use system, user or assistant");
      }
      boolean last = i == given.size() - 1;
      String content = content(message, last ? limits.questionCharacters() : limits.bodyBytes());
      if (role.equals("developer") || role.equals("system")) {
        messages.add(new Message("system", content));
      } else if (role.equals("user") || role.equals("assistant")) {
        messages.add(new Message(role, content));
      }
      if (last && !role.equals("user")) {
        throw Refusal.badRequest(message.name("role"), "the last message is of the role '" + role + "': it must be the user's");
      }
      if (last && content.isBlank()) {
        throw Refusal.badRequest(message.name("content"), "the question is blank: ask something");
      }
    }
    return messages;
  }

  /** Content is a text or a list of parts, of which only texts are understood. */
  private static String content(Fields message, int longest) {
    JsonNode content = message.node().get("content");
    String name = message.name("content");
    if (content == null || content.isNull()) {
      return "";
    }
    if (!content.isArray()) {
      return Fields.text(content, name, longest);
    }
    StringBuilder text = new StringBuilder();
    for (Fields part : message.objects("content", 1_000)) {
      String type = part.text("type", 64);
      if (!type.equals("text")) {
        throw Refusal.badRequest(part.name("type"), part.name("type") + " is '" + type + "': only text is understood");
      }
      text.append(text.isEmpty() ? "" : "\n").append(part.optionalText("text", longest).orElse(""));
    }
    if (text.length() > longest) {
      throw Refusal.tooLong(name, name + " has " + text.length() + " characters: at most " + longest + " are allowed");
    }
    return text.toString();
  }

  private static List<String> stops(Fields body) {
    JsonNode stop = body.node().get("stop");
    if (stop == null || stop.isNull()) {
      return List.of();
    }
    List<String> stops =
        stop.isArray() ? body.texts("stop", MOST_STOPS, LONGEST_STOP) : List.of(Fields.text(stop, "stop", LONGEST_STOP));
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw Refusal.badRequest("stop", "stop holds an empty text");
    }
    return stops;
  }
}
