// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import java.util.List;

/** What a model is given to continue. */
public sealed interface Prompt {
  /**
   * A dialogue, written in the form that the model has learnt; the model says the next turn.
   *
   * @param messages at least one
   * @param tools described to the model; none for most
   */
  record Dialogue(List<Message> messages, List<Tool> tools) implements Prompt {
    public Dialogue {
      messages = List.copyOf(messages);
      tools = List.copyOf(tools);
    }
  }

  /** A text, continued as it stands. */
  record Text(String text) implements Prompt {}

  /** A dialogue without tools. */
  static Prompt of(List<Message> messages) {
    return new Dialogue(messages, List.of());
  }
}
