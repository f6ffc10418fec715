// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.generation.Generation.Finish;
import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a user gets.
 *
 * @param trace of the question
 * @param mode how it came about
 * @param model name and version of the model that answered; null where none did
 * @param text with markers such as {@code [1]}
 * @param grounded whether risk control found it supported by the cited passages
 * @param sentences with the words that bear them out; empty where the gateway speaks for itself
 * @param citations in the order of their numbers
 * @param retrieved everything that was found, best first
 * @param verdicts of risk control
 * @param timings milliseconds by step, in the order of the steps, {@code total} last
 * @param promptTokens tokens read
 * @param completionTokens tokens written
 * @param finish why it ended
 * @param notes what was left out and why; usually empty
 * @param labels access labels of the passages that it may rest on; for the log, not for the client
 */
public record Answer(
    String trace,
    Mode mode,
    @Nullable String model,
    String text,
    boolean grounded,
    List<Sentence> sentences,
    List<Citation> citations,
    List<Retrieved> retrieved,
    List<StageVerdict> verdicts,
    Map<String, Double> timings,
    int promptTokens,
    int completionTokens,
    Finish finish,
    List<String> notes,
    Set<String> labels) {

  public Answer {
    sentences = List.copyOf(sentences);
    citations = List.copyOf(citations);
    retrieved = List.copyOf(retrieved);
    verdicts = List.copyOf(verdicts);
    notes = List.copyOf(notes);
    labels = Set.copyOf(labels);
  }
}
