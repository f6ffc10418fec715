// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Tools and their calls as the lists and maps that chat templates are given.
 *
 * @see <a href="https://huggingface.co/docs/transformers/chat_extras">tool use with chat templates</a>
 */
final class ToolValues {
  private final UnaryOperator<String> guard;

  /**
   * Values in which texts are guarded.
   *
   * @param guard is applied to each text that people or models wrote
   */
  ToolValues(UnaryOperator<String> guard) {
    this.guard = guard;
  }

  /** {@code {"type": "function", "function": {"name", "description", "parameters"}}}. */
  Map<String, Object> tool(Tool tool) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", guard.apply(tool.name()));
    function.put("description", guard.apply(tool.description()));
    Object parameters = value(tool.parameters());
    function.put("parameters", parameters == null ? Map.of() : parameters);
    return typed("", function);
  }

  /** {@code {"type": "function", "id", "function": {"name", "arguments"}}}, the arguments as a map. */
  Map<String, Object> call(ToolCall call) {
    Map<String, Object> function = new LinkedHashMap<>();
    function.put("name", guard.apply(call.name()));
    function.put("arguments", arguments(call));
    return typed(call.id(), function);
  }

  /**
   * A call's arguments.
   *
   * @throws IllegalArgumentException naming the call, when they are no JSON object
   */
  Map<?, ?> arguments(ToolCall call) {
    JsonNode json;
    try {
      json = Json.mapper().readTree(call.arguments().isBlank() ? "{}" : call.arguments());
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "the arguments of call '%s' of tool '%s' are no JSON: %s".formatted(call.id(), call.name(),
          e.getOriginalMessage()), e);
    }
    if (value(json) instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalArgumentException(
        "the arguments of call '%s' of tool '%s' are no JSON object: %s".formatted(call.id(), call.name(),
        call.arguments()));
  }

  private Map<String, Object> typed(String id, Map<String, Object> function) {
    Map<String, Object> typed = new LinkedHashMap<>();
    typed.put("type", "function");
    if (!id.isEmpty()) {
      typed.put("id", guard.apply(id));
    }
    typed.put("function", function);
    return typed;
  }

  private @Nullable Object value(@Nullable JsonNode node) {
    if (node == null) {
      return null;
    }
    return switch (node.getNodeType()) {
      case OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        node.properties().forEach(entry -> map.put(guard.apply(entry.getKey()), value(entry.getValue())));
        yield map;
      }
      case ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        node.forEach(item -> list.add(value(item)));
        yield list;
      }
      case STRING -> guard.apply(node.asString());
      case BOOLEAN -> node.asBoolean();
      case NUMBER -> node.isIntegralNumber() && node.canConvertToLong() ? (Object) node.asLong() : node.numberValue();
      default -> null;
    };
  }
}
