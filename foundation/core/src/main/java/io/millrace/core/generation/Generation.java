// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.List;

/**
 * What was generated.
 *
 * @param text without stop texts and without calls of tools
 * @param toolCalls in the order in which they were written
 * @param scores of all tokens, where the request asked for them
 * @param promptTokens read
 * @param cachedTokens those of them that an earlier request had read already
 * @param completionTokens written
 * @param finish why it ended
 */
public record Generation(
    String text,
    List<ToolCall> toolCalls,
    List<TokenScore> scores,
    int promptTokens,
    int cachedTokens,
    int completionTokens,
    Finish finish) {
  public Generation {
    toolCalls = List.copyOf(toolCalls);
    scores = List.copyOf(scores);
  }

  /** A text and its counts. */
  public Generation(String text, int promptTokens, int completionTokens, Finish finish) {
    this(text, List.of(), List.of(), promptTokens, 0, completionTokens, finish);
  }

  /** Why a generation ended. */
  public enum Finish {
    /** The model ended it, or a stop text. */
    STOP,
    /** As many tokens as were allowed. */
    LENGTH,
    /** Its time was over. */
    DEADLINE,
    /** The caller left off. */
    CANCELLED,
    /** The model waits for the results of the tools that it called. */
    TOOL_CALLS
  }
}
