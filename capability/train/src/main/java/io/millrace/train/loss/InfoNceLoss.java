// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

import io.millrace.tensor.DType;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Contrast of each query's own passage with all other passages of the batch and with its hard negatives
 * (van den Oord et al. 2018, InfoNCE; Karpukhin et al. 2020, section 3.2).
 *
 * @param temperature divides the cosines; the smaller, the more the hardest negatives count
 * @param symmetric whether each passage must also find its query among the queries of the batch
 */
public record InfoNceLoss(double temperature, boolean symmetric) {
  /** Checks the range. */
  public InfoNceLoss {
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature " + temperature + " must be positive");
    }
  }

  /**
   * The mean loss of queries.
   *
   * @param queries [n, width] unit vectors
   * @param passages [n + m, width] unit vectors: the queries' own passages in their order, then hard negatives
   * @param banned [n, n + m] BOOL, true where a passage is no negative of a query although it is not its own, for
   *     example the same text twice; never true at a query's own passage
   * @return a scalar
   */
  public Tensor of(Tensor queries, Tensor passages, Tensor banned) {
    long count = queries.size(0);
    Tensor scores = queries.matmul(passages.t()).div(new Scalar(temperature)).masked_fill(banned, new Scalar(-1e30));
    Tensor own = torch.arange(new Scalar(count), DType.I64.options());
    Tensor loss = torch.cross_entropy_loss(scores, own);
    if (!symmetric) {
      return loss;
    }
    Tensor back = torch.cross_entropy_loss(scores.narrow(1, 0, count).t(), own);
    return loss.add(back).mul(new Scalar(0.5));
  }
}
