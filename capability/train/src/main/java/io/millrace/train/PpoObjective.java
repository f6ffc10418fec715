// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.loss.KlControl;
import io.millrace.train.loss.PolicyLoss;
import io.millrace.train.loss.ValueLoss;

/**
 * What proximal policy optimisation follows.
 *
 * @param clip how far probabilities may move from those at sampling
 * @param value loss of the predicted returns
 * @param valueWeight of that loss beside the policy's
 * @param discount γ, how much a reward a token later is worth, in [0, 1]; 1 is usual for answers
 * @param lambda of generalised advantages, in [0, 1]
 * @param kl how strongly the policy is held to the reference, as a cost of each token
 */
public record PpoObjective(
    PolicyLoss clip, ValueLoss value, double valueWeight, double discount, double lambda, KlControl kl) {
  /** As for language models (Ouyang et al. 2022, appendix C.4), held to so many nats an answer. */
  public static PpoObjective towards(double kl) {
    return new PpoObjective(
        new PolicyLoss(0.2, 0.2), new ValueLoss(0.2), 0.1, 1, 0.95, new KlControl(0.05, kl, 0.5));
  }

  /** Checks the ranges. */
  public PpoObjective {
    if (!(valueWeight > 0)) {
      throw new IllegalArgumentException("valueWeight " + valueWeight + ": must be positive");
    }
    if (!(discount >= 0 && discount <= 1 && lambda >= 0 && lambda <= 1)) {
      throw new IllegalArgumentException("discount " + discount + " and lambda " + lambda + " must be in [0, 1]");
    }
  }
}
