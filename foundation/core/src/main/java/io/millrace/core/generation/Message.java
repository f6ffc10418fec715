// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.List;

/**
 * One turn of a dialogue.
 *
 * @param role {@code system}, {@code user}, {@code assistant} or {@code tool}
 * @param content what was said; a tool's result where the role is {@code tool}
 * @param toolCalls calls that the assistant made in this turn
 * @param toolCallId in a tool's turn, the call that it answers; empty otherwise
 */
public record Message(String role, String content, List<ToolCall> toolCalls, String toolCallId) {
  public Message {
    toolCalls = List.copyOf(toolCalls);
  }

  /** A turn that neither calls a tool nor answers one. */
  public Message(String role, String content) {
    this(role, content, List.of(), "");
  }
}
