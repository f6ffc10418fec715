// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.reward;

/**
 * Says how good an answer is, and why: by a rule that anybody can check (Lambert et al. 2024, Tülu 3, section 6), or by
 * a trained model.
 *
 * <p>An implementation gives the same score to the same answer always, since interrupted runs are repeated; what
 * {@link Object#toString} says identifies it in checkpoints, so records are best.
 */
@FunctionalInterface
public interface VerifiableReward {
  /**
   * A judgement.
   *
   * @param value the higher, the better; rules give 0 to 1
   * @param reason for people who look at samples
   */
  record Score(double value, String reason) {
    /** Refuses what is no number. */
    public Score {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("score " + value + " (" + reason + "): must be a finite number");
      }
    }
  }

  /** The score of an answer, without the tokens that end it. */
  Score score(Task task, String answer);
}
