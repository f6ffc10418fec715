// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.online.model.Pen;

import java.util.List;

/** Puts a question and the passages found for it into a prompt that fits the model. */
public interface Prompts {

  /**
   * Assembles a prompt.
   *
   * @param pen the model, with the form of prompt that it knows
   * @param history turns before the question, oldest first; dropped from the oldest on where they do not fit
   * @param hits best first; those that do not fit are left out
   * @param answerTokens room that is kept for the answer
   * @throws IllegalArgumentException when the question alone does not fit, naming both sizes
   */
  Prompt assemble(
      Pen pen,
      Language language,
      List<Message> history,
      String question,
      List<Hit> hits,
      int answerTokens);

  /**
   * A prompt.
   *
   * @param messages what the model reads
   * @param numbers for each passage of the prompt, in order, its rank among the hits, from 1
   */
  record Prompt(List<Message> messages, List<Integer> numbers) {}
}
