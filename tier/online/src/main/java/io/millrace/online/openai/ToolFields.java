// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.openai;

import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolChoice;
import io.millrace.core.json.Json;
import io.millrace.online.http.Fields;
import io.millrace.online.http.Refusal;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tools and whether they are called. Chats have a function's fields in an object {@code function}; responses have them
 * beside {@code type}.
 */
public final class ToolFields {

  private static final int MOST = 128;
  private static final int LONGEST_DESCRIPTION = 16_384;

  private ToolFields() {}

  /** Reads the tools. */
  public static List<Tool> tools(Fields body) {
    List<Tool> tools = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Fields given : body.objects("tools", MOST)) {
      String type = given.optionalText("type", 64).orElse("function");
      if (!type.equals("function")) {
        throw Refusal.badRequest(given.name("type"),
            given.name("type") + " is '" + type + "': only functions can be called");
      }
      Tool tool = tool(given.object("function").orElse(given));
      if (!names.add(tool.name())) {
        throw Refusal.badRequest("tools", "two tools have the name '" + tool.name() + "': rename one");
      }
      tools.add(tool);
    }
    return tools;
  }

  private static Tool tool(Fields function) {
    JsonNode parameters = function.object("parameters").map(Fields::node).orElseGet(
        () -> Json.mapper().createObjectNode().put("type", "object").set("properties",
            Json.mapper().createObjectNode()));
    try {
      return new Tool(
          function.text("name", 256), function.optionalText("description", LONGEST_DESCRIPTION).orElse(""), parameters);
    } catch (IllegalArgumentException e) {
      throw Refusal.badRequest(function.name("name"), String.valueOf(e.getMessage()));
    }
  }

  /** Reads whether tools are called. */
  public static ToolChoice choice(Fields body, List<Tool> tools) {
    JsonNode given = body.node().get("tool_choice");
    if (given == null || given.isNull()) {
      return ToolChoice.AUTO;
    }
    if (given.isString()) {
      ToolChoice choice =
          switch (given.asString()) {
            case "auto" -> ToolChoice.AUTO;
            case "none" -> ToolChoice.NONE;
            case "required" -> ToolChoice.REQUIRED;
            default -> throw Refusal.badRequest(
                "tool_choice", "tool_choice is '" + given.asString() + "': use auto, none, required or a function");
          };
      if (choice.equals(ToolChoice.REQUIRED) && tools.isEmpty()) {
        throw Refusal.badRequest("tool_choice", "tool_choice is required, but there are no tools: send some");
      }
      return choice;
    }
    Fields wanted = body.object("tool_choice").orElseThrow();
    String name = wanted.object("function").orElse(wanted).text("name", 256);
    if (tools.stream().noneMatch(tool -> tool.name().equals(name))) {
      throw Refusal.badRequest("tool_choice", "tool_choice names '" + name + "', which is not among the tools");
    }
    return new ToolChoice.Named(name);
  }

  /** Returns whether there may be several calls at once. */
  public static boolean parallel(Fields body) {
    return body.flag("parallel_tool_calls", true);
  }
}
