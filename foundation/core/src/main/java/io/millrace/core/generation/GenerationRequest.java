// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import io.millrace.core.time.Deadline;

import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * What to generate. Made with {@link #of}; the {@code with} methods return changed copies.
 *
 * @param prompt what is continued
 * @param maxTokens at most so many tokens are written
 * @param sampling how tokens are chosen
 * @param stop texts that end the answer and are not part of it
 * @param format form of the answer
 * @param toolChoice whether tools of the prompt are called
 * @param scores how many alternatives to score beside each token, from 0 to 20; -1 for no scores
 * @param service for whom
 * @param deadline the answer ends when it passes
 * @param cancelled asked between tokens
 */
public record GenerationRequest(
    Prompt prompt,
    int maxTokens,
    SamplingOptions sampling,
    List<String> stop,
    OutputFormat format,
    ToolChoice toolChoice,
    int scores,
    Service service,
    Deadline deadline,
    BooleanSupplier cancelled) {
  /** Tokens that may be scored beside each one. */
  public static final int MOST_SCORES = 20;

  /** Characters of a stop text: it is looked for at every token. */
  public static final int LONGEST_STOP = 1_000;

  public GenerationRequest {
    stop = List.copyOf(stop);
    if (maxTokens < 1) {
      throw new IllegalArgumentException("max tokens " + maxTokens + " is not positive");
    }
    if (scores < -1 || scores > MOST_SCORES) {
      throw new IllegalArgumentException("top_logprobs " + scores + " is not from 0 to " + MOST_SCORES);
    }
    for (String text : stop) {
      if (text.isEmpty() || text.length() > LONGEST_STOP) {
        throw new IllegalArgumentException("stop holds a text of " + text.length() + " characters: each must have from 1 to "
            + LONGEST_STOP);
      }
    }
  }

  /** The likeliest text of so many tokens at most. */
  public static GenerationRequest of(Prompt prompt, int maxTokens) {
    return new GenerationRequest(prompt, maxTokens, SamplingOptions.GREEDY, List.of(), OutputFormat.TEXT,
        ToolChoice.AUTO, -1, Service.STANDARD, Deadline.NONE, () -> false);
  }

  /** Tools that the prompt describes. */
  public List<Tool> tools() {
    return prompt instanceof Prompt.Dialogue dialogue ? dialogue.tools() : List.of();
  }

  public GenerationRequest with(SamplingOptions sampling) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest withStop(List<String> stop) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest with(OutputFormat format) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest with(ToolChoice toolChoice) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest withScores(int scores) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest with(Service service) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }

  public GenerationRequest until(Deadline deadline, BooleanSupplier cancelled) {
    return new GenerationRequest(prompt, maxTokens, sampling, stop, format, toolChoice, scores, service, deadline, cancelled);
  }
}
