// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

import java.util.List;

/**
 * Whatever draws answers: the decoder under training, or a serving engine that was given its weights.
 *
 * <p>Who implements this elsewhere keeps the promise that a rollout depends on weights, prompt, seed and sampling only,
 * not on what else is sampled beside it, up to rounding.
 */
@FunctionalInterface
public interface Policy {
  /**
   * What to continue.
   *
   * @param prompt tokens, at least one
   * @param seed of the draws for this answer
   */
  record Request(int[] prompt, long seed) {
    /** Checks that there is a prompt. */
    public Request {
      if (prompt.length == 0) {
        throw new IllegalArgumentException("an empty prompt cannot be continued: give at least one token");
      }
    }
  }

  /**
   * Draws one answer a request.
   *
   * @return rollouts in the order of the requests
   * @throws IllegalArgumentException when a prompt and its longest answer do not fit the context, naming the sizes
   */
  List<Rollout> sample(List<Request> requests, Sampling sampling);
}
