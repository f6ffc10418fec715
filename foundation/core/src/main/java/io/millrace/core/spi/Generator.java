// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Writes text token by token. Safe for use by several threads; requests share the hardware fairly. */
public interface Generator extends AutoCloseable {

  /** Returns name and version of the model. */
  String model();

  /** Returns how many tokens prompt and answer may have together. */
  int context();

  /** Returns how many tokens a prompt has, the chat template included. */
  int count(List<Message> messages);

  /**
   * Generates until the model stops, a limit is met or the caller cancels.
   *
   * @param onText receives each piece of text as soon as it is complete UTF-8
   * @throws GeneratorBusy when the queue is full; it says when to try again
   * @throws IllegalArgumentException when the prompt does not fit the context, naming both sizes
   */
  Generation generate(Request request, Consumer<String> onText);

  /**
   * One turn of a dialogue.
   *
   * @param role {@code system}, {@code user} or {@code assistant}
   */
  record Message(String role, String content) {}

  /**
   * What to generate.
   *
   * @param messages the dialogue; the last one is the user's
   * @param maxTokens at most so many tokens are written
   * @param temperature 0 is greedy
   * @param topP nucleus, from 0 (exclusive) to 1
   * @param seed same seed, same text; empty for a random one
   * @param stop texts that end the answer and are not part of it
   * @param deadline the answer ends when it passes
   * @param cancelled asked between tokens
   */
  record Request(
      List<Message> messages,
      int maxTokens,
      double temperature,
      double topP,
      OptionalLong seed,
      List<String> stop,
      Deadline deadline,
      BooleanSupplier cancelled) {
    public Request {
      messages = List.copyOf(messages);
      stop = List.copyOf(stop);
      if (maxTokens < 1) {
        throw new IllegalArgumentException("max tokens " + maxTokens + " is not positive");
      }
      if (!(temperature >= 0 && temperature <= 2)) {
        throw new IllegalArgumentException("temperature " + temperature + " is not from 0 to 2");
      }
      if (!(topP > 0 && topP <= 1)) {
        throw new IllegalArgumentException("top_p " + topP + " is not above 0 and at most 1");
      }
    }
  }

  /**
   * What was generated.
   *
   * @param finish why it ended
   */
  record Generation(String text, int promptTokens, int completionTokens, Finish finish) {}

  /** Why a generation ended. */
  enum Finish {
    STOP,
    LENGTH,
    DEADLINE,
    CANCELLED
  }

  @Override
  void close();
}
