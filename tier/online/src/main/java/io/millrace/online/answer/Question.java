// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.Access;
import io.millrace.core.time.Deadline;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * What a user asks.
 *
 * @param trace ties together everything that happens for it
 * @param user opaque identity
 * @param access what the user may see: the answer rests on nothing else
 * @param route which model is wanted
 * @param messages the dialogue so far; the last one is the user's question
 * @param writing how the language model shall write
 * @param deadline by when the answer must be there
 * @param cancelled whether nobody waits for the answer any more
 */
public record Question(
    String trace,
    String user,
    Access access,
    Route route,
    List<Message> messages,
    Writing writing,
    Deadline deadline,
    BooleanSupplier cancelled) {

  /** A question of so few characters leans on what was asked before it. */
  private static final int SHORT = 24;

  public Question {
    messages = List.copyOf(messages);
    if (messages.isEmpty() || !messages.getLast().role().equals("user")) {
      throw new IllegalArgumentException("the last message must be the user's");
    }
  }

  /**
   * How the language model shall write.
   *
   * @param maxTokens at most so many tokens
   * @param sampling how tokens are chosen
   * @param stop texts that end the answer
   */
  public record Writing(int maxTokens, SamplingOptions sampling, List<String> stop) {
    /** Greedy, of moderate length. */
    public static final Writing DEFAULT = new Writing(256, SamplingOptions.GREEDY, List.of());

    public Writing {
      stop = List.copyOf(stop);
    }
  }

  /** Returns the question itself. */
  public String text() {
    return messages.getLast().content();
  }

  /** Returns the language that the answer should have. */
  public Language language() {
    return Language.of(text());
  }

  /** Returns the user's turns before the question, with the answers to them. */
  public List<Message> history() {
    return messages.subList(0, messages.size() - 1);
  }

  /** Returns the question without what was said before it. */
  Question alone() {
    return new Question(trace, user, access, route, List.of(messages.getLast()), writing, deadline, cancelled);
  }

  /** Returns all that the user said, the question last. */
  String saidByUser() {
    return messages.stream()
        .filter(message -> message.role().equals("user"))
        .map(Message::content)
        .collect(Collectors.joining("\n"));
  }

  /**
   * Returns what is searched for: a short question after another one ("And what does it return?") is searched
   * together with that one, since alone it names nothing.
   */
  public String searchText() {
    if (text().strip().length() > SHORT) {
      return text();
    }
    return history().reversed().stream()
        .filter(message -> message.role().equals("user"))
        .findFirst()
        .map(before -> before.content() + "\n" + text())
        .orElse(text());
  }
}
