// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.spi;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.core.generation.Message;
import io.millrace.core.generation.Piece;
import io.millrace.core.generation.Prompt;

import java.util.List;
import java.util.function.Consumer;

/** Writes text token by token. Safe for use by several threads; requests share the hardware fairly. */
public interface Generator extends AutoCloseable {

  /** Returns name and version of the model. */
  String model();

  /** Returns how many tokens prompt and answer may have together. */
  int context();

  /** Returns how many tokens a prompt has, the chat template included. */
  int count(Prompt prompt);

  /** Returns how many tokens a dialogue has, the chat template included. */
  default int count(List<Message> messages) {
    return count(Prompt.of(messages));
  }

  /** Returns the names of the adapters that requests can ask for; none for most models. */
  default List<String> adapters() {
    return List.of();
  }

  /**
   * Generates until the model stops, a limit is met or the caller cancels.
   *
   * @param onPiece receives each part of the answer as soon as it is there
   * @throws GeneratorBusy when the queue is full; it says when to try again
   * @throws IllegalArgumentException when the request cannot be served as it is: the prompt does not fit the context,
   *     the schema is beyond what is supported, there is no such adapter or tool; it names the value
   */
  Generation generate(GenerationRequest request, Consumer<Piece> onPiece);

  @Override
  void close();
}
