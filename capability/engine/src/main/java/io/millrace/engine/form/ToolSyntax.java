// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.json.Json;
import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.ChatTemplate.Turn;
import io.millrace.model.tokenizer.Tokenizer;
import io.millrace.model.tokenizer.ToolTurns;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a model writes calls of tools: a JSON object with a name and arguments, between two tags or by itself.
 *
 * @param open before a call; empty where a call is all that is written
 * @param close after a call; may be empty
 * @param argumentsKey name of the property that holds the arguments
 */
public record ToolSyntax(String open, String close, String argumentsKey) {
  /** {@code <tool_call>} and {@code </tool_call>}, as Hermes and Qwen have it. */
  public static final ToolSyntax TAGS = new ToolSyntax(ToolTurns.CALL, ToolTurns.CALL_END, "arguments");

  /** The object alone. */
  public static final ToolSyntax JSON = new ToolSyntax("", "", "arguments");

  private static final String NAME = "probe_of_tools";
  private static final String VALUE = "probed value";
  /** The call as JSON, its name before its arguments, with the tags next to it, if there are some. */
  private static final Pattern CALL = Pattern.compile(
      "(<[\\w|-]+>|\\[[A-Z_]+])?\\s*\\{\\s*(?:\"type\":\\s*\"function\",\\s*)?\"name\":\\s*\"" + NAME
          + "\",\\s*\"(\\w+)\":\\s*\\{\"k\":\\s*\"" + VALUE + "\"}\\s*}\\s*(</[\\w|-]+>|\\[/[A-Z_]+])?");

  /**
   * The syntax in which a model's template writes calls that were made; {@link #JSON} where the template writes them in
   * a form that is not known here, or with special tokens, which are no text.
   */
  public static ToolSyntax of(ChatTemplate template, Tokenizer tokenizer) {
    ToolCall call = new ToolCall("callabcde", NAME, "{\"k\": \"" + VALUE + "\"}");
    List<Turn> turns = List.of(new Turn("user", "a"), new Turn(ChatTemplate.ASSISTANT, "", List.of(call), ""),
        new Turn("tool", "b", List.of(), call.id()));
    String text;
    try {
      text = tokenizer.decodeWithSpecialTokens(
          template.prompt(turns, List.of(new Tool("other_probe", "", Json.mapper().createObjectNode()))));
    } catch (IllegalArgumentException e) {
      return JSON; // a template that writes no calls at all
    }
    Matcher found = CALL.matcher(text);
    if (!found.find()) {
      return JSON;
    }
    String open = tag(found.group(1), tokenizer);
    return new ToolSyntax(open, open.isEmpty() ? "" : tag(found.group(3), tokenizer), found.group(2));
  }

  private static String tag(@org.jspecify.annotations.Nullable String tag, Tokenizer tokenizer) {
    return tag == null || tokenizer.find(tag).isPresent() ? "" : tag;
  }
}
