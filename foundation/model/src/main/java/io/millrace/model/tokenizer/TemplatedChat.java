// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.generation.Tool;
import io.millrace.core.generation.ToolCall;
import io.millrace.core.json.Json;
import io.millrace.model.jinja.JinjaTemplate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Dialogues in the form of a model's own template, see {@link TemplateFile}.
 *
 * <p>What the model says is found by comparing: an answer begins where the prompt before it ends, and ends with the
 * next token of the kind that ends answers.
 */
final class TemplatedChat implements ChatTemplate {
  private final JinjaTemplate template;
  private final Map<String, String> specialTokens;
  private final StructuredText encoder;
  private final Set<String> tags;
  private final OptionalInt ending;
  /** Whether the template writes tools, calls and results. */
  private final boolean knowsTools;

  /** The template, tried out once, or twice if it might know tools. */
  TemplatedChat(TemplateFile file, Tokenizer tokenizer) {
    template = new JinjaTemplate(file.text(), file.place());
    specialTokens = file.specialTokens();
    encoder = new StructuredText(tokenizer);
    tags = tokenizer.tags();
    List<Turn> question = List.of(new Turn("user", "a"));
    int[] prompt = prompt(question);
    int[] whole = ids(List.of(question.getFirst(), new Turn(ASSISTANT, "b")), false);
    ending = Arrays.stream(whole).skip(prompt.length).filter(tokenizer::isSpecial).reduce((_, last) -> last);
    knowsTools = file.text().contains("tools") && showsTools();
  }

  /** Tools of which a template leaves out something would not be understood, so that it is better not asked. */
  private boolean showsTools() {
    ToolCall call = new ToolCall("callabcde", "probe_of_tools",
        "{\"a\": \"probed argument\"}"); // some want ids of nine letters
    List<Turn> turns = List.of(new Turn("user", "a"), new Turn(ASSISTANT, "", List.of(call), ""),
    new Turn("tool", "probed result", List.of(), call.id()));
    try {
      String text = render(turns,
          List.of(new Tool(call.name(), "probed description", Json.mapper().createObjectNode())), true,
          UnaryOperator.identity());
      return text.indexOf(call.name()) < text.lastIndexOf(call.name())
          && Stream.of("probed description", "probed argument", "probed result").allMatch(text::contains);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public int[] prompt(List<Turn> turns, List<Tool> tools) {
    return ids(turns, tools, true);
  }

  @Override
  public Written dialogue(List<Turn> turns) {
    int[] whole = ids(turns, false);
    boolean[] said = new boolean[whole.length];
    for (int i = 0; i < turns.size(); i++) {
      if (turns.get(i).role().equals(ASSISTANT)) {
        int[] before = prompt(turns.subList(0, i));
        int same = Arrays.mismatch(before, whole);
        if (same >= 0 && same < before.length) {
          throw new IllegalArgumentException(
              "%s: what it writes before turn %d, an answer, changes once the answer is there, from token %d of %d on: it cannot be learnt from"
                  .formatted(template, i + 1, same, before.length));
        }
        Arrays.fill(said, before.length, end(whole, before.length, i), true);
      }
    }
    return new Written(whole, said);
  }

  /** One past the token that ends the answer that begins at {@code from}. */
  private int end(int[] whole, int from, int turn) {
    for (int i = from; i < whole.length; i++) {
      if (whole[i] == end()) {
        return i + 1;
      }
    }
    throw new IllegalArgumentException("%s: no token ends turn %d, an answer".formatted(template, turn + 1));
  }

  private int[] ids(List<Turn> turns, boolean open) {
    return ids(turns, List.of(), open);
  }

  private int[] ids(List<Turn> turns, List<Tool> tools, boolean open) {
    if (!ToolTurns.concern(turns, tools)) {
      return encoder.encode(render(turns, tools, open, text -> encoder.guarded(text, Set.of())));
    }
    return encoder.encode(knowsTools
        ? render(turns, tools, open, text -> encoder.guarded(ToolTurns.guarded(text, tags), Set.of()))
        : render(ToolTurns.plain(turns, tools), List.of(), open, text -> encoder.guarded(text, ToolTurns.TAGS)));
  }

  private String render(List<Turn> turns, List<Tool> tools, boolean open, UnaryOperator<String> guard) {
    ToolValues values = new ToolValues(guard);
    Map<String, String> called = new HashMap<>();
    List<Map<String, Object>> messages = new ArrayList<>();
    for (Turn turn : turns) {
      Map<String, Object> message = new LinkedHashMap<>();
      message.put("role", guard.apply(turn.role()));
      message.put("content", guard.apply(turn.content()));
      if (!turn.calls().isEmpty()) {
        message.put("tool_calls", turn.calls().stream().map(values::call).toList());
        turn.calls().forEach(call -> called.put(call.id(), call.name()));
      }
      if (turn.role().equals("tool")) {
        message.put("tool_call_id", guard.apply(turn.callId()));
        message.put("name", guard.apply(called.getOrDefault(turn.callId(), "")));
      }
      messages.add(message);
    }
    Map<String, Object> variables = new LinkedHashMap<>(specialTokens);
    variables.put("messages", messages);
    variables.put("add_generation_prompt", open);
    if (!tools.isEmpty()) {
      variables.put("tools", tools.stream().map(values::tool).toList());
    }
    return template.render(variables);
  }

  @Override
  public OptionalInt ending() {
    return ending;
  }

  @Override
  public String toString() {
    return template.toString();
  }
}
