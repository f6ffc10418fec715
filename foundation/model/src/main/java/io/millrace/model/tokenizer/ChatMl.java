// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.generation.Tool;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * The ChatML form, {@code <|im_start|>role⏎content<|im_end|>⏎}: roles and contents are encoded as plain text between
 * structural ids. Tools are written as {@link ToolTurns} has it.
 */
final class ChatMl implements ChatTemplate {
  private final Tokenizer tokenizer;
  private final int turnStart;
  private final int turnEnd;
  private final int[] newline;

  ChatMl(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    turnStart = tokenizer.id(SpecialToken.TURN_START);
    turnEnd = tokenizer.id(SpecialToken.TURN_END);
    newline = tokenizer.encode("\n");
  }

  @Override
  public int[] prompt(List<Turn> turns, List<Tool> tools) {
    Draft draft = new Draft();
    ToolTurns.plain(turns, tools).forEach(turn -> turn(draft, turn));
    open(draft, ASSISTANT);
    return draft.written().ids();
  }

  @Override
  public Written dialogue(List<Turn> turns) {
    Draft draft = new Draft();
    ToolTurns.plain(turns, List.of()).forEach(turn -> turn(draft, turn));
    return draft.written();
  }

  @Override
  public OptionalInt ending() {
    return OptionalInt.of(turnEnd);
  }

  private void turn(Draft draft, Turn turn) {
    boolean said = turn.role().equals(ASSISTANT);
    open(draft, turn.role());
    draft.add(said, tokenizer.encode(turn.content()));
    draft.add(said, turnEnd);
    draft.add(false, newline);
  }

  private void open(Draft draft, String role) {
    draft.add(false, turnStart);
    draft.add(false, tokenizer.encode(role));
    draft.add(false, newline);
  }

  @Override
  public String toString() {
    return "ChatML";
  }

  /** Ids while they are written. */
  private static final class Draft {
    private int[] ids = new int[64];
    private boolean[] said = new boolean[64];
    private int size;

    void add(boolean saidByModel, int... more) {
      if (size + more.length > ids.length) {
        int room = Math.max(2 * ids.length, size + more.length);
        ids = Arrays.copyOf(ids, room);
        said = Arrays.copyOf(said, room);
      }
      System.arraycopy(more, 0, ids, size, more.length);
      Arrays.fill(said, size, size + more.length, saidByModel);
      size += more.length;
    }

    Written written() {
      return new Written(Arrays.copyOf(ids, size), Arrays.copyOf(said, size));
    }
  }
}
