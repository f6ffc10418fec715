// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.time.Deadline;
import org.jspecify.annotations.Nullable;

import java.util.Set;

/**
 * A sequence to continue.
 *
 * @param prompt at least one token
 * @param maxTokens at most so many tokens are written
 * @param stopTokens tokens that end the answer and are not part of it
 * @param mask what may be written; null for anything
 * @param scores how many alternatives to score beside each token; -1 for no scores
 * @param tenant whose it is
 * @param priority higher ones go first
 * @param adapter with which the model answers; null for none. It must stay open until the answer has ended
 * @param deadline the answer ends when it passes
 */
public record TokenRequest(
    int[] prompt,
    int maxTokens,
    SamplingOptions sampling,
    Set<Integer> stopTokens,
    @Nullable TokenMask mask,
    int scores,
    String tenant,
    int priority,
    @Nullable Adapter adapter,
    Deadline deadline) {
  /** Checks that there is something to do. */
  public TokenRequest {
    prompt = prompt.clone();
    stopTokens = Set.copyOf(stopTokens);
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt has no tokens");
    }
    if (maxTokens < 1) {
      throw new IllegalArgumentException("max tokens " + maxTokens + " is not positive");
    }
  }

  /** Any text, for nobody in particular. */
  public TokenRequest(
      int[] prompt, int maxTokens, SamplingOptions sampling, Set<Integer> stopTokens, Deadline deadline) {
    this(prompt, maxTokens, sampling, stopTokens, null, -1, "", 0, null, deadline);
  }
}
