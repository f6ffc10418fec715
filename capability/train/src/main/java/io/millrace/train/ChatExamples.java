// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.ChatTemplate.Turn;
import io.millrace.model.tokenizer.ChatTemplate.Written;
import io.millrace.train.data.Dialogue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Dialogues as tokens, written by the model's chat template; what the assistant says is learnt, ends of turns included. */
public final class ChatExamples {
  private final ChatTemplate template;

  /** Examples for the model whose template this is. */
  public ChatExamples(ChatTemplate template) {
    this.template = template;
  }

  /** A dialogue with all answers of the assistant. */
  public Example dialogue(Dialogue dialogue) {
    Written written = template.dialogue(dialogue.turns());
    return new Example(written.ids(), written.said(), Excerpt.of(dialogue.opening()));
  }

  /** A prompt and one answer to it. */
  public Example answer(List<Turn> prompt, String answer) {
    return Example.of(prompt(prompt), said(prompt, answer))
        .named(Excerpt.of(prompt.isEmpty() ? answer : prompt.getLast().content()));
  }

  /** What the model is given to continue. */
  public int[] prompt(List<Turn> turns) {
    return template.prompt(turns);
  }

  /** What it should say then, up to the token that ends its turn; what the template writes after that is not said. */
  public int[] said(List<Turn> prompt, String answer) {
    List<Turn> turns = new ArrayList<>(prompt);
    turns.add(new Turn(Dialogue.ASSISTANT, answer));
    Written written = template.dialogue(turns);
    int to = written.ids().length;
    while (!written.said()[to - 1]) {
      to--;
    }
    return Arrays.copyOfRange(written.ids(), template.prompt(prompt).length, to);
  }
}
