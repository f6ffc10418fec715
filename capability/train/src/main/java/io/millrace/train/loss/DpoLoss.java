// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Direct preference optimisation: the policy's log-probabilities, compared with a reference's, are the rewards of a
 * Bradley–Terry model (Rafailov et al. 2023, equation 7).
 *
 * @param beta how strongly the policy is held to the reference; the larger, the stronger
 * @param labelSmoothing share of pairs that are assumed to be labelled the wrong way round (Mitchell 2023, cDPO), below
 *     a half
 */
public record DpoLoss(double beta, double labelSmoothing) {
  /** Checks the ranges. */
  public DpoLoss {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta " + beta + " must be positive");
    }
    if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) {
      throw new IllegalArgumentException("labelSmoothing " + labelSmoothing + " must be in [0, 0.5)");
    }
  }

  /**
   * The mean loss of pairs.
   *
   * @param chosenRatio [pairs], log-probability of the chosen answer under the policy, less that under the reference
   * @param rejectedRatio [pairs], the same of the rejected one
   * @return a scalar
   */
  public Tensor of(Tensor chosenRatio, Tensor rejectedRatio) {
    Tensor margin = chosenRatio.sub(rejectedRatio).mul(new Scalar(beta));
    Tensor right = torch.log_sigmoid(margin).mul(new Scalar(1 - labelSmoothing));
    Tensor wrong = torch.log_sigmoid(margin.neg()).mul(new Scalar(labelSmoothing));
    return right.add(wrong).mean().neg();
  }
}
