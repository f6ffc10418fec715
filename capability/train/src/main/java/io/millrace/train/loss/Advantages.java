// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.loss;

/** How much better than expected sampled answers, or their tokens, were. */
public final class Advantages {
  /** Keeps a group whose rewards are all but equal from being blown up. */
  private static final double EPSILON = 1e-4;

  private Advantages() {}

  /**
   * Rewards of answers to one prompt against each other: less their mean and, if wanted, over their deviation
   * (Shao et al. 2024, GRPO, section 4.1.2). Without the division, prompts that are nearly always or nearly never
   * answered well do not weigh more than others (Liu et al. 2025, Dr. GRPO).
   *
   * @param rewards of a group, at least one
   * @return one a reward; all 0 where all rewards are equal
   */
  public static double[] ofGroup(double[] rewards, boolean normalised) {
    double mean = 0;
    for (double reward : rewards) {
      mean += reward / rewards.length;
    }
    double squares = 0;
    for (double reward : rewards) {
      squares += (reward - mean) * (reward - mean);
    }
    // The deviation of the sample, as in the paper's own implementation.
    double deviation = rewards.length < 2 ? 0 : Math.sqrt(squares / (rewards.length - 1));
    double[] advantages = new double[rewards.length];
    for (int i = 0; i < rewards.length; i++) {
      advantages[i] = (rewards[i] - mean) / (normalised ? deviation + EPSILON : 1);
    }
    return advantages;
  }

  /**
   * What {@link #generalised} gives.
   *
   * @param advantages one a token
   * @param returns what the value function should have predicted: advantage plus value
   */
  public record Estimate(double[] advantages, double[] returns) {}

  /**
   * Generalised advantage estimation over the tokens of one answer (Schulman et al. 2016, equation 16); after the last
   * token nothing follows.
   *
   * @param rewards one a token
   * @param values predicted before each token
   * @param discount γ, how much a later reward is worth, in [0, 1]
   * @param lambda from 0, which trusts the values, to 1, which trusts the rewards
   */
  public static Estimate generalised(double[] rewards, double[] values, double discount, double lambda) {
    if (rewards.length != values.length) {
      throw new IllegalArgumentException(rewards.length + " rewards, but " + values.length + " values");
    }
    if (!(discount >= 0 && discount <= 1 && lambda >= 0 && lambda <= 1)) {
      throw new IllegalArgumentException("discount " + discount + " and lambda " + lambda + " must be in [0, 1]");
    }
    double[] advantages = new double[rewards.length];
    double[] returns = new double[rewards.length];
    double following = 0;
    double nextValue = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      double surprise = rewards[t] + discount * nextValue - values[t];
      following = surprise + discount * lambda * following;
      advantages[t] = following;
      returns[t] = following + values[t];
      nextValue = values[t];
    }
    return new Estimate(advantages, returns);
  }

  /** Shifts and scales numbers to mean 0 and deviation 1, in place; leaves a single number at 0. */
  public static void standardise(double[] values) {
    double[] same = ofGroup(values, true);
    System.arraycopy(same, 0, values, 0, values.length);
  }
}
