// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Writes a dialogue as ids in the ChatML form: {@code <|im_start|>role⏎content<|im_end|>⏎}, then the opening of the
 * assistant's turn.
 *
 * <p>Roles and contents are encoded as plain text between structural ids, so nothing that a user writes can open or
 * close a turn.
 */
public final class ChatTemplate {
  private final Tokenizer tokenizer;
  private final int turnStart;
  private final int turnEnd;
  private final int[] newline;

  /**
   * The template over a tokenizer.
   *
   * @throws IllegalArgumentException when it lacks {@code <|im_start|>} or {@code <|im_end|>}
   */
  public ChatTemplate(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    turnStart = tokenizer.id(SpecialToken.TURN_START);
    turnEnd = tokenizer.id(SpecialToken.TURN_END);
    newline = tokenizer.encode("\n");
  }

  /** One turn. */
  public record Turn(String role, String content) {}

  /** The dialogue and the opening of the assistant's answer: what a model is given to continue. */
  public int[] prompt(List<Turn> turns) {
    Ids ids = new Ids();
    turns.forEach(t -> turn(ids, t));
    open(ids, "assistant");
    return ids.toArray();
  }

  /** The whole of one turn, its end and the line break after it included: what a model is trained on. */
  public int[] turn(Turn turn) {
    Ids ids = new Ids();
    turn(ids, turn);
    return ids.toArray();
  }

  /** The id that ends an answer. */
  public int end() {
    return turnEnd;
  }

  private void turn(Ids ids, Turn turn) {
    open(ids, turn.role());
    ids.addAll(tokenizer.encode(turn.content()));
    ids.accept(turnEnd);
    ids.addAll(newline);
  }

  private void open(Ids ids, String role) {
    ids.accept(turnStart);
    ids.addAll(tokenizer.encode(role));
    ids.addAll(newline);
  }

  private static final class Ids implements IntConsumer {
    private int[] ids = new int[64];
    private int size;

    @Override
    public void accept(int id) {
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, size * 2);
      }
      ids[size++] = id;
    }

    void addAll(int[] more) {
      Arrays.stream(more).forEach(this);
    }

    int[] toArray() {
      return Arrays.copyOf(ids, size);
    }
  }
}
