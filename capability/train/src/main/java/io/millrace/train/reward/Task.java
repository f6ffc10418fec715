// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

import io.millrace.model.tokenizer.ChatTemplate.Turn;
import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What is asked, and what is known about a right answer.
 *
 * @param prompt turns before the answer; at least one
 * @param expected the right answer, or null if none is known
 * @param passages sources that the answer may rest on, which it cites as [1], [2], … in this order; may be empty
 */
public record Task(List<Turn> prompt, @Nullable String expected, List<String> passages) {
  /** Copies the lists. */
  public Task {
    prompt = List.copyOf(prompt);
    passages = List.copyOf(passages);
    if (prompt.isEmpty()) {
      throw new IllegalArgumentException("a task needs a prompt");
    }
  }

  /** A question by a user, of which nothing else is known. */
  public static Task of(String question) {
    return new Task(List.of(new Turn("user", question)), null, List.of());
  }

  /** A question by a user with its right answer. */
  public static Task of(String question, String expected) {
    return new Task(List.of(new Turn("user", question)), expected, List.of());
  }
}
