// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.loss.PolicyLoss;
import io.millrace.train.loss.TokenWeighting;

/**
 * What group-relative policy optimisation follows: the choices in which its variants differ.
 *
 * @param clip how far probabilities may move from those at sampling
 * @param kl weight of the divergence from the reference, estimated by k3; 0 for none, and then no reference is kept
 * @param normalised whether rewards are divided by their group's deviation; see {@link
 *     io.millrace.train.loss.Advantages#ofGroup}
 * @param weighting what counts the same: answers or tokens
 * @param learnCutOff whether answers that were cut off at the most tokens are learnt from; leaving them out keeps an
 *     answer that was going well from being punished for its length (Yu et al. 2025, DAPO, section 3.4)
 */
public record GrpoObjective(
    PolicyLoss clip, double kl, boolean normalised, TokenWeighting weighting, boolean learnCutOff) {
  /** Shao et al. 2024, DeepSeekMath, equation 3, with its β. */
  public static final GrpoObjective GRPO =
      new GrpoObjective(new PolicyLoss(0.2, 0.2), 0.04, true, TokenWeighting.ANSWERS, true);

  /** Liu et al. 2025, "Understanding R1-Zero-Like Training": nothing is divided by what answers came to. */
  public static final GrpoObjective DR_GRPO =
      new GrpoObjective(new PolicyLoss(0.2, 0.2), 0, false, TokenWeighting.LONGEST, true);

  /** Yu et al. 2025, DAPO: clipped higher above than below, by token, no reference, cut-off answers left out. */
  public static final GrpoObjective DAPO =
      new GrpoObjective(new PolicyLoss(0.2, 0.28), 0, true, TokenWeighting.TOKENS, false);

  /** Checks the weight. */
  public GrpoObjective {
    if (!(kl >= 0)) {
      throw new IllegalArgumentException("kl " + kl + ": must not be negative; usual are 0 to 0.1");
    }
  }

  /** The same with another weight of the divergence. */
  public GrpoObjective withKl(double other) {
    return new GrpoObjective(clip, other, normalised, weighting, learnCutOff);
  }
}
