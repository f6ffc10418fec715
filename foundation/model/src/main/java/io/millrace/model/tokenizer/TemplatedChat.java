// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.model.jinja.JinjaTemplate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Dialogues in the form of a model's own template, see {@link TemplateFile}.
 *
 * <p>What the model says is found by comparing: an answer begins where the prompt before it ends, and ends with the next
 * token of the kind that ends answers.
 */
final class TemplatedChat implements ChatTemplate {
  private final JinjaTemplate template;
  private final Map<String, String> specialTokens;
  private final StructuredText encoder;
  private final OptionalInt ending;

  /** The template, tried out once. */
  TemplatedChat(TemplateFile file, Tokenizer tokenizer) {
    template = new JinjaTemplate(file.text(), file.place());
    specialTokens = file.specialTokens();
    encoder = new StructuredText(tokenizer);
    List<Turn> question = List.of(new Turn("user", "a"));
    int[] prompt = prompt(question);
    int[] whole = ids(List.of(question.getFirst(), new Turn(ASSISTANT, "b")), false);
    ending = Arrays.stream(whole).skip(prompt.length).filter(tokenizer::isSpecial).reduce((_, last) -> last);
  }

  @Override
  public int[] prompt(List<Turn> turns) {
    return ids(turns, true);
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
    List<Map<String, String>> messages = new ArrayList<>();
    boolean forged = false;
    for (Turn turn : turns) {
      String content = encoder.guarded(turn.content());
      forged |= content.length() != turn.content().length();
      messages.add(Map.of("role", encoder.guarded(turn.role()), "content", content));
    }
    Map<String, Object> variables = new LinkedHashMap<>(specialTokens);
    variables.put("messages", messages);
    variables.put("add_generation_prompt", open);
    return encoder.encode(template.render(variables), forged);
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
