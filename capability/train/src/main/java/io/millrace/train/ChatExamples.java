// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.ChatTemplate.Turn;
import io.millrace.train.data.Dialogue;

import java.util.Arrays;
import java.util.List;

/** Dialogues as tokens, written by the model's chat template; what the assistant says is learnt, ends of turns included. */
public final class ChatExamples {
  private final ChatTemplate template;
  private final int[] opening;

  /** Examples for the model whose template this is. */
  public ChatExamples(ChatTemplate template) {
    this.template = template;
    this.opening = template.prompt(List.of());
  }

  /** A dialogue with all answers of the assistant. */
  public Example dialogue(Dialogue dialogue) {
    int[] tokens = new int[0];
    boolean[] learnt = new boolean[0];
    for (Turn turn : dialogue.turns()) {
      int[] written = template.turn(turn);
      int from = tokens.length;
      tokens = Arrays.copyOf(tokens, from + written.length);
      System.arraycopy(written, 0, tokens, from, written.length);
      learnt = Arrays.copyOf(learnt, tokens.length);
      if (turn.role().equals(Dialogue.ASSISTANT)) {
        Arrays.fill(learnt, from + opening.length, from + end(written), true);
      }
    }
    return new Example(tokens, learnt, Excerpt.of(dialogue.opening()));
  }

  /** A prompt and one answer to it. */
  public Example answer(List<Turn> prompt, String answer) {
    return Example.of(prompt(prompt), answer(answer)).named(Excerpt.of(prompt.isEmpty() ? answer : prompt.getLast().content()));
  }

  /** What the model is given to continue. */
  public int[] prompt(List<Turn> turns) {
    return template.prompt(turns);
  }

  /** What it should say then, up to the token that ends its turn. */
  public int[] answer(String answer) {
    int[] written = template.turn(new Turn(Dialogue.ASSISTANT, answer));
    return Arrays.copyOfRange(written, opening.length, end(written));
  }

  /** One past the token that ends the turn; what the template writes after it is not said by the model. */
  private int end(int[] written) {
    int end = written.length;
    while (written[end - 1] != template.end()) {
      end--;
    }
    return end;
  }
}
