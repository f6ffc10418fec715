// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.rollout;

/**
 * An answer that a policy sampled.
 *
 * @param prompt tokens that it continued
 * @param answer tokens that it drew, at least one; if it finished, the last one ends texts
 * @param logProbs of each of them, in nats, under the whole distribution at the sampling temperature, before a nucleus
 *     was cut out of it
 * @param finished false if it was cut off at the most tokens allowed
 */
public record Rollout(int[] prompt, int[] answer, double[] logProbs, boolean finished) {
  /** Checks that each token has its log-probability. */
  public Rollout {
    if (answer.length == 0 || answer.length != logProbs.length) {
      throw new IllegalArgumentException(
          answer.length + " answer tokens with " + logProbs.length + " log-probabilities: as many are needed, and one");
    }
  }
}
