// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Aim;
import io.millrace.core.time.Deadline;
import io.millrace.memory.query.Inquiry;

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

  /** Returns the question as it is understood after what was said before it. */
  Inquiry inquiry() {
    return Inquiry.of(text(), history()).aimed(Aim.ANSWER);
  }
}
