// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How far a policy is from a reference, estimated token by token from samples of the policy (Schulman 2020,
 * "Approximating KL Divergence").
 */
public final class KlEstimate {
  private KlEstimate() {}

  /**
   * The unbiased estimator of low variance, k3: never negative, and 0 where both agree.
   *
   * @param logProbs [n], of sampled tokens under the policy
   * @param reference [n], under the reference; carries no gradient
   * @return [n]
   */
  public static Tensor k3(Tensor logProbs, Tensor reference) {
    Tensor ratio = reference.sub(logProbs);
    return torch.exp(ratio).sub(ratio).sub(new Scalar(1.0));
  }

  /** The plain estimator, k1: the difference of the log-probabilities; may be negative. Arguments as in {@link #k3}. */
  public static Tensor k1(Tensor logProbs, Tensor reference) {
    return logProbs.sub(reference);
  }
}
