// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.generation.SamplingOptions;
import io.millrace.core.spi.Deadline;

import java.util.Set;

/**
 * A sequence to continue.
 *
 * @param prompt at least one token
 * @param maxTokens at most so many tokens are written
 * @param stopTokens tokens that end the answer and are not part of it
 * @param deadline the answer ends when it passes
 */
public record TokenRequest(
    int[] prompt, int maxTokens, SamplingOptions sampling, Set<Integer> stopTokens, Deadline deadline) {
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
}
