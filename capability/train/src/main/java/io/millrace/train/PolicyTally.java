// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.loss.PolicyLoss;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Adds up what an iteration shows of itself. */
final class PolicyTally {
  private @Nullable PolicyScore score;
  private @Nullable Double kl;
  private double tokens;
  private double entropy;
  private double clipped;
  private double valueErrors;
  private boolean valued;

  /** Begins an iteration. */
  void sampled(PolicyScore score, @Nullable Double kl) {
    this.score = score;
    this.kl = kl;
    tokens = 0;
    entropy = 0;
    clipped = 0;
    valueErrors = 0;
    valued = false;
  }

  /** Counts a micro-batch. */
  void learnt(PolicyPass pass, PolicyLoss clip, Tensor logProbs, Tensor sampled, Tensor advantages) {
    double count = logProbs.numel();
    tokens += count;
    entropy += count * pass.entropy();
    clipped += clip.clippedShare(logProbs, sampled, advantages, torch.ones_like(advantages));
  }

  /** Counts the errors of a micro-batch's predicted values; both [tokens]. */
  void valued(Tensor values, Tensor returns) {
    valued = true;
    valueErrors += values.detach().sub(returns).square().sum().item_double();
  }

  /** The line of the curve. */
  PolicyMetrics metrics(long iteration, double klWeight) {
    PolicyScore sampled = score;
    if (sampled == null) {
      throw new IllegalStateException("iteration " + iteration + " has sampled nothing");
    }
    return new PolicyMetrics(iteration, sampled.reward(), sampled.length(), sampled.finished(), kl, klWeight,
        entropy / tokens, clipped / tokens, valued ? valueErrors / tokens : null);
  }

  /** The divergence of what was sampled from a reference, in nats an answer (Schulman 2020, k3). */
  static double kl(List<double[]> logProbs, List<double[]> reference) {
    double sum = 0;
    for (int i = 0; i < logProbs.size(); i++) {
      for (int t = 0; t < logProbs.get(i).length; t++) {
        double ratio = reference.get(i)[t] - logProbs.get(i)[t];
        sum += Math.exp(ratio) - 1 - ratio;
      }
    }
    return sum / logProbs.size();
  }
}
