// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import io.millrace.model.tokenizer.ChatTemplate;
import io.millrace.model.tokenizer.ChatTemplate.Turn;

import java.util.List;

/**
 * The turns of a conversation, oldest first.
 *
 * @param turns with the roles system, user, assistant and tool
 */
public record Dialogue(List<Turn> turns) {
  /** The role whose turns are learnt. */
  public static final String ASSISTANT = ChatTemplate.ASSISTANT;

  /** Copies the turns. */
  public Dialogue {
    turns = List.copyOf(turns);
    if (turns.isEmpty()) {
      throw new IllegalArgumentException("a dialogue needs at least one turn");
    }
  }

  /** A question and its answer. */
  public static Dialogue of(String question, String answer) {
    return new Dialogue(List.of(new Turn("user", question), new Turn(ASSISTANT, answer)));
  }

  /** Whether there is an answer to learn from, and none of the assistant's turns is empty. */
  boolean learnable() {
    boolean answered = false;
    for (Turn turn : turns) {
      if (turn.role().equals(ASSISTANT)) {
        if (turn.content().isBlank()) {
          return false;
        }
        answered = true;
      }
    }
    return answered;
  }

  /** What stands before the last answer. */
  List<Turn> prompt() {
    int last = turns.size();
    while (last > 0 && !turns.get(last - 1).role().equals(ASSISTANT)) {
      last--;
    }
    return turns.subList(0, Math.max(0, last - 1));
  }

  /** The first thing that the user says: what items are kept apart by. */
  public String opening() {
    return turns.stream().filter(turn -> turn.role().equals("user")).map(Turn::content).findFirst()
        .orElse(turns.getFirst().content());
  }
}
