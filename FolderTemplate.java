// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.model.jinja.JinjaTemplate;

import java.time.Clock;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The Jinja template that came with a model.
 *
 * <p>What the assistant says is found by rendering: what stands before an answer, with the opening of an answer, must be how
 * the whole dialogue begins; the answer goes from there to the token that ends it.
 */
final class FolderTemplate implements ChatTemplate {
  private static final String PROBE = "pong";

  private final JinjaTemplate template;
  private final Map<String, String> specialTokens;
  private final Tokenizer tokenizer;
  private final String end;

  FolderTemplate(TemplateFile file, Tokenizer tokenizer) {
    this.template = new JinjaTemplate(file.name(), file.text(), Clock.systemDefaultZone());
    this.specialTokens = file.specialTokens();
    this.tokenizer = tokenizer;
    List<Turn> turns = List.of(new Turn("user", "ping"), new Turn(ASSISTANT, PROBE));
    MarkedText text = marked(turns);
    String written = render(turns, text, false);
    int answer = written.lastIndexOf(PROBE);
    int at = answer < 0 ? -1 : text.next(written, answer + PROBE.length());
    if (at < 0) {
      throw new IllegalArgumentException("%s: the template writes no special token of the tokenizer after an answer, so that none would end: '%s'"
          .formatted(file.name(), written));
    }
    this.end = text.token(written, at);
  }

  @Override
  public String name() {
    return template.name();
  }

  @Override
  public int end() {
    return tokenizer.find(end).orElseThrow();
  }

  @Override
  public int[] prompt(List<Turn> turns) {
    MarkedText text = marked(turns);
    return text.encode(render(turns, text, true));
  }

  @Override
  public Script script(List<Turn> dialogue) {
    MarkedText text = marked(dialogue);
    String whole = render(dialogue, text, false);
    int[] tokens = new int[0];
    BitSet said = new BitSet();
    int written = 0;
    for (int i = 0; i < dialogue.size(); i++) {
      Turn turn = dialogue.get(i);
      if (!turn.role().equals(ASSISTANT)) {
        continue;
      }
      int from = opening(dialogue, i, text, whole, written);
      int to = ending(turn, text, whole, from);
      tokens = longer(tokens, whole, written, from, text);
      int first = tokens.length;
      tokens = longer(tokens, whole, from, to, text);
      said.set(first, tokens.length);
      written = to;
    }
    return new Script(longer(tokens, whole, written, whole.length(), text), said);
  }

  /** Where the answer of a turn begins in the text of the whole dialogue. */
  private int opening(List<Turn> dialogue, int turn, MarkedText text, String whole, int written) {
    String before = render(dialogue.subList(0, turn), text, true);
    if (!whole.startsWith(before) || before.length() < written) {
      throw new IllegalArgumentException(
          "%s: the template writes turns before turn %d of a dialogue otherwise when the dialogue goes on, so it cannot be told what is said there"
              .formatted(name(), turn + 1));
    }
    return before.length();
  }

  /** Where it ends, the token that ends it included. */
  private int ending(Turn turn, MarkedText text, String whole, int from) {
    int at = text.next(whole, from);
    while (at >= 0 && !text.token(whole, at).equals(end)) {
      at = text.next(whole, at + text.token(whole, at).length());
    }
    if (at < 0 || !text.plain(whole.substring(from, at)).contains(turn.content().strip())) {
      throw new IllegalArgumentException("%s: the template does not write the whole answer '%s' between its prompt and %s"
          .formatted(name(), turn.content(), end));
    }
    return at + end.length();
  }

  /**
   * The tokens of the text up to {@code from}, continued to {@code to}. Where the text as a whole would be cut otherwise,
   * its parts are: a served model is given its prompt by itself as well.
   */
  private int[] longer(int[] tokens, String whole, int from, int to, MarkedText text) {
    int[] together = text.encode(whole.substring(0, to));
    if (together.length >= tokens.length && Arrays.equals(tokens, 0, tokens.length, together, 0, tokens.length)) {
      return together;
    }
    int[] more = text.encode(whole.substring(from, to));
    int[] joined = Arrays.copyOf(tokens, tokens.length + more.length);
    System.arraycopy(more, 0, joined, tokens.length, more.length);
    return joined;
  }

  private MarkedText marked(List<Turn> turns) {
    return new MarkedText(tokenizer, turns.stream().map(Turn::content).toList());
  }

  private String render(List<Turn> turns, MarkedText text, boolean open) {
    Map<String, Object> values = new HashMap<>(specialTokens);
    values.put("messages", turns.stream().map(turn -> {
      Map<String, String> message = new LinkedHashMap<>();
      message.put("role", turn.role());
      message.put("content", text.guard(turn.content()));
      return message;
    }).toList());
    values.put("add_generation_prompt", open);
    return template.render(values);
  }
}
