// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Kahneman–Tversky optimisation: learns from answers that are good or bad on their own, without pairs
 * (Ethayarajh et al. 2024, equation 8).
 *
 * @param beta how strongly the policy is held to the reference
 * @param desirable weight of good answers
 * @param undesirable weight of bad answers; desirable · good ones : undesirable · bad ones should lie within 1:1 and 4:3
 */
public record KtoLoss(double beta, double desirable, double undesirable) {
  /** Checks the ranges. */
  public KtoLoss {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta " + beta + " must be positive");
    }
    if (!(desirable >= 0 && undesirable >= 0 && desirable + undesirable > 0)) {
      throw new IllegalArgumentException(
          "weights desirable " + desirable + " and undesirable " + undesirable + " must not be negative, nor both 0");
    }
  }

  /**
   * The point from which gains and losses are seen: how far the policy is from the reference on answers to other
   * prompts, not below 0, without gradient.
   *
   * @param mismatchedRatio [n], log-probability under the policy less that under the reference, of answers that belong
   *     to other prompts
   * @return a scalar
   */
  public Tensor referencePoint(Tensor mismatchedRatio) {
    return torch.clamp_min(mismatchedRatio.detach().mean(), new Scalar(0.0));
  }

  /**
   * The mean loss of answers.
   *
   * @param ratio [n], log-probability under the policy less that under the reference
   * @param good [n], 1 for a desirable answer, 0 for an undesirable one, in the number format of {@code ratio}
   * @param referencePoint see {@link #referencePoint}
   * @return a scalar
   */
  public Tensor of(Tensor ratio, Tensor good, Tensor referencePoint) {
    Tensor gain = ratio.sub(referencePoint).mul(new Scalar(beta));
    Tensor ifGood = torch.sigmoid(gain.neg()).mul(new Scalar(desirable));
    Tensor ifBad = torch.sigmoid(gain).mul(new Scalar(undesirable));
    return ifGood.mul(good).add(ifBad.mul(good.neg().add(new Scalar(1.0)))).mean();
  }
}
