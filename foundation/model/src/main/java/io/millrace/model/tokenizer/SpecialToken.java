// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Arrays;
import java.util.List;

/** The tokens that no text contains: they structure documents and dialogues of models trained here. */
public enum SpecialToken {
  /** Parts documents; also begins each sequence. */
  END_OF_TEXT("<|endoftext|>"),
  /** Begins a turn, followed by its role. */
  TURN_START("<|im_start|>"),
  /** Ends a turn. */
  TURN_END("<|im_end|>"),
  /** Begins a passage of evidence within a turn. */
  PASSAGE("<|passage|>"),
  /** Begins the reference to a passage in an answer. */
  SOURCE("<|source|>"),
  /** Begins a call of a tool. */
  TOOL_CALL("<|tool_call|>"),
  /** Begins what a tool returned. */
  TOOL_RESULT("<|tool_result|>");

  private final String text;

  SpecialToken(String text) {
    this.text = text;
  }

  /** As it is written in {@code tokenizer.json}. */
  public String text() {
    return text;
  }

  /** The texts of all, in the order of their ids, which begin at 0. */
  public static List<String> texts() {
    return Arrays.stream(values()).map(SpecialToken::text).toList();
  }
}
