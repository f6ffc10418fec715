// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Half the squared error of predicted returns, of which a step may take away only so much (Schulman et al. 2017, as in
 * their implementation; Huang et al. 2022, detail 9).
 *
 * @param clip how far a prediction may move from the one at sampling before it stops counting
 */
public record ValueLoss(double clip) {
  /** Checks the range. */
  public ValueLoss {
    if (!(clip > 0)) {
      throw new IllegalArgumentException("clip " + clip + " must be positive");
    }
  }

  /**
   * The weighted sum of the losses of tokens.
   *
   * @param values [n], predicted now
   * @param sampled [n], predicted when the tokens were sampled; carries no gradient
   * @param returns [n], what came of it
   * @param weights [n], of each token; should sum to 1
   * @return a scalar
   */
  public Tensor of(Tensor values, Tensor sampled, Tensor returns, Tensor weights) {
    Tensor near = torch.maximum(
        torch.minimum(values, sampled.add(new Scalar(clip))), sampled.sub(new Scalar(clip)));
    Tensor worst = torch.maximum(values.sub(returns).square(), near.sub(returns).square());
    return worst.mul(weights).sum().mul(new Scalar(0.5));
  }
}
