// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.List;
import java.util.function.Consumer;

/** A part of an answer, as soon as it is there. */
public sealed interface Piece {
  /**
   * More of the text.
   *
   * @param text whole characters; empty only where scores come alone
   * @param scores of the tokens in it, where the request asked for them
   */
  record Text(String text, List<TokenScore> scores) implements Piece {
    public Text {
      scores = List.copyOf(scores);
    }
  }

  /**
   * A call of a tool begins.
   *
   * @param index which of the answer's calls, from 0
   */
  record CallBegun(int index, String id, String name) implements Piece {}

  /**
   * More of a call's arguments.
   *
   * @param json the next part of the text of a JSON object
   */
  record CallArguments(int index, String json) implements Piece {}

  /** Takes pieces and hands on the text in them. */
  static Consumer<Piece> texts(Consumer<String> out) {
    return piece -> {
      if (piece instanceof Text text && !text.text().isEmpty()) {
        out.accept(text.text());
      }
    };
  }

  /** Takes pieces and drops them. */
  static Consumer<Piece> ignored() {
    return piece -> {};
  }
}
