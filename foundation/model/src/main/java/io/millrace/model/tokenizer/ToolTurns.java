// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.model.jinja.PythonJson;
import io.millrace.model.tokenizer.ChatTemplate.Turn;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Dialogues with tools, written as dialogues without: in the form of Hermes and Qwen. The system's turn describes the
 * tools between {@code <tools>} and {@code </tools>}; a call stands between {@code <tool_call>} and {@code
 * </tool_call>} in the assistant's turn, a result between {@code <tool_response>} and {@code </tool_response>} in a
 * user's.
 *
 * @see <a href="https://github.com/NousResearch/Hermes-Function-Calling">the form of Hermes</a>
 */
public final class ToolTurns {
  /** Before a call. */
  public static final String CALL = "<tool_call>";
  /** After a call. */
  public static final String CALL_END = "</tool_call>";

  private static final String RESULT = "<tool_response>";
  private static final String RESULT_END = "</tool_response>";
  /** All tags that are structure. */
  static final Set<String> TAGS = Set.of(CALL, CALL_END, RESULT, RESULT_END, "<tools>", "</tools>");

  private static final Pattern TAG = Pattern.compile("</?tool(?:s|_call|_response)>");

  private static final ToolValues VALUES = new ToolValues(ToolTurns::guarded);

  private ToolTurns() {}

  /**
   * The turns, without tools, calls and results; as they are where there is none of these. In what people, models and
   * tools say, {@code &lt;} stands at the beginning of what would otherwise be taken for a call, a result, or tools.
   *
   * @throws IllegalArgumentException naming a call whose arguments are no JSON object
   */
  static List<Turn> plain(List<Turn> turns, List<Tool> tools) {
    if (!concern(turns, tools)) {
      return turns;
    }
    List<Turn> plain = new ArrayList<>();
    int at = 0;
    if (!tools.isEmpty()) {
      boolean opened = !turns.isEmpty() && turns.getFirst().role().equals("system");
      plain.add(new Turn("system", (opened ? guarded(turns.getFirst().content()) + "\n\n" : "") + description(tools)));
      at = opened ? 1 : 0;
    }
    while (at < turns.size()) {
      Turn turn = turns.get(at);
      if (!turn.role().equals("tool")) {
        plain.add(new Turn(turn.role(), said(turn)));
        at++;
        continue;
      }
      List<String> results = new ArrayList<>();
      for (; at < turns.size() && turns.get(at).role().equals("tool"); at++) {
        results.add(RESULT + "\n" + guarded(turns.get(at).content()) + "\n" + RESULT_END);
      }
      plain.add(new Turn("user", String.join("\n", results)));
    }
    return plain;
  }

  private static String said(Turn turn) {
    List<String> parts = new ArrayList<>();
    if (!turn.content().isEmpty()) {
      parts.add(guarded(turn.content()));
    }
    for (ToolCall call : turn.calls()) {
      parts.add(CALL + "\n" + PythonJson.write(callValue(call)) + "\n" + CALL_END);
    }
    return String.join("\n", parts);
  }

  private static Object callValue(ToolCall call) {
    return VALUES.call(call).get("function") instanceof Map<?, ?> function ? function : Map.of();
  }

  private static String description(List<Tool> tools) {
    StringBuilder text = new StringBuilder("# Tools\n\nThese functions can be called to help with what the user asks. Their signatures:\n<tools>");
    tools.forEach(tool -> text.append('\n').append(PythonJson.write(VALUES.tool(tool))));
    return text.append("\n</tools>\n\nTo call one, write a JSON object with its name and its arguments, like this:\n")
        .append(CALL).append("\n{\"name\": <name>, \"arguments\": <object of arguments>}\n").append(CALL_END).toString();
  }

  /** Whether a dialogue has to do with tools at all. */
  static boolean concern(List<Turn> turns, List<Tool> tools) {
    return !tools.isEmpty() || turns.stream().anyMatch(turn -> !turn.calls().isEmpty() || turn.role().equals("tool"));
  }

  private static String guarded(String text) {
    return guarded(text, Set.of());
  }

  /** A text in which nothing is structure, other than tags that somebody else takes care of. */
  static String guarded(String text, Set<String> except) {
    return TAG.matcher(text).replaceAll(tag -> except.contains(tag.group()) ? tag.group() : "&lt;"
        + tag.group().substring(1));
  }
}
