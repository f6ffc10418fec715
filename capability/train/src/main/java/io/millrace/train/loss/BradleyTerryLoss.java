// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Trains a reward model on pairs: minus the log-probability that the chosen answer wins (Bradley and Terry 1952;
 * Ouyang et al. 2022, equation 1).
 *
 * @param centring weight of the squared sum of both rewards, which fixes where 0 is (Eisenstein et al. 2023, section
 *     2.2); 0 for none
 */
public record BradleyTerryLoss(double centring) {
  /** Checks the weight. */
  public BradleyTerryLoss {
    if (!(centring >= 0)) {
      throw new IllegalArgumentException("centring " + centring + " must not be negative");
    }
  }

  /**
   * The mean loss of pairs.
   *
   * @param chosen [pairs], rewards of the better answers
   * @param rejected [pairs], rewards of the others
   * @return a scalar
   */
  public Tensor of(Tensor chosen, Tensor rejected) {
    Tensor ranking = torch.log_sigmoid(chosen.sub(rejected)).mean().neg();
    return centring == 0 ? ranking : ranking.add(chosen.add(rejected).square().mean().mul(new Scalar(centring)));
  }
}
