// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The clipped surrogate: an action's probability may grow or shrink, compared with when it was sampled, only so far
 * (Schulman et al. 2017, equation 7).
 *
 * @param clipLow how far the ratio may fall below 1
 * @param clipHigh how far it may rise above 1; larger than {@code clipLow} keeps exploration alive (Yu et al. 2025,
 *     DAPO, section 3.1)
 */
public record PolicyLoss(double clipLow, double clipHigh) {
  /** Checks the ranges. */
  public PolicyLoss {
    if (!(clipLow > 0 && clipLow < 1 && clipHigh > 0)) {
      throw new IllegalArgumentException(
          "clipLow " + clipLow + " must be in (0, 1) and clipHigh " + clipHigh + " positive");
    }
  }

  /**
   * The weighted sum of the losses of tokens.
   *
   * @param logProbs [n], of the sampled tokens under the policy
   * @param sampled [n], the same when they were sampled; carries no gradient
   * @param advantages [n], how much better than expected each token was
   * @param weights [n], of each token; they decide whether tokens or answers count the same, and should sum to 1
   * @return a scalar
   */
  public Tensor of(Tensor logProbs, Tensor sampled, Tensor advantages, Tensor weights) {
    Tensor ratio = torch.exp(logProbs.sub(sampled));
    Tensor free = ratio.mul(advantages);
    Tensor clipped = clipped(ratio).mul(advantages);
    return torch.minimum(free, clipped).mul(weights).sum().neg();
  }

  private Tensor clipped(Tensor ratio) {
    return torch.clamp(ratio,
        new ScalarOptional(new Scalar(1 - clipLow)), new ScalarOptional(new Scalar(1 + clipHigh)));
  }

  /** The weighted share of tokens whose gradient the clipping removed, for the curve; arguments as in {@link #of}. */
  public double clippedShare(Tensor logProbs, Tensor sampled, Tensor advantages, Tensor weights) {
    Tensor ratio = torch.exp(logProbs.detach().sub(sampled));
    Tensor lost = clipped(ratio).mul(advantages).lt(ratio.mul(advantages));
    return lost.to(weights.scalar_type()).mul(weights).sum().item_double();
  }
}
