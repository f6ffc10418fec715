// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

/**
 * How strongly a policy is held to its reference: a weight that grows while the divergence is above its target and
 * shrinks while it is below (Ziegler et al. 2019, section 2.2).
 *
 * @param start the weight at first
 * @param target divergence, in nats an answer
 * @param gain how fast the weight follows; an iteration changes it by at most a fifth of this; 0 keeps it
 */
public record KlControl(double start, double target, double gain) {
  /** Beyond this a deviation counts no more: early estimates are noisy. */
  private static final double MOST = 0.2;

  /** Checks the ranges. */
  public KlControl {
    if (!(start >= 0 && target > 0 && gain >= 0 && gain <= 4)) {
      throw new IllegalArgumentException("start " + start + " must not be negative, target " + target
          + " must be positive, gain " + gain + " from 0 to 4");
    }
  }

  /** Always the same weight. */
  public static KlControl fixed(double weight) {
    return new KlControl(weight, 1, 0);
  }

  /**
   * The weight of the next iteration.
   *
   * @param weight of this one
   * @param kl divergence that it came to, in nats an answer
   */
  public double next(double weight, double kl) {
    return weight * (1 + gain * Math.clamp(kl / target - 1, -MOST, MOST));
  }
}
