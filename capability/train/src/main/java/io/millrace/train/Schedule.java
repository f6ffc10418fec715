// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/**
 * The learning rate as a factor of its peak, driven by the part of the budget that is used, so that a run bounded by
 * time ends with a fully decayed rate too.
 */
public sealed interface Schedule {
  /**
   * The factor at this part of the budget.
   *
   * @param used from 0 to 1
   */
  double factor(double used);

  /**
   * Linear warm-up, then half a cosine (Loshchilov and Hutter 2017, SGDR).
   *
   * @param warmup part of the budget, in [0, 1)
   * @param floor factor at the end, in [0, 1]
   */
  record Cosine(double warmup, double floor) implements Schedule {
    /** Checks the parts. */
    public Cosine {
      part("warmup", warmup, 0.999);
      part("floor", floor, 1);
    }

    @Override
    public double factor(double used) {
      if (used < warmup) {
        return warming(used, warmup);
      }
      double decayed = (used - warmup) / (1 - warmup);
      return floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, decayed)));
    }
  }

  /**
   * Linear warm-up, a plateau, a linear decay (Hu et al. 2024, MiniCPM, section 4): good where the budget is short.
   *
   * @param warmup part of the budget
   * @param decay part of the budget at its end
   * @param floor factor at the end
   */
  record WarmupStableDecay(double warmup, double decay, double floor) implements Schedule {
    /** Checks the parts. */
    public WarmupStableDecay {
      part("warmup", warmup, 0.999);
      part("decay", decay, 1);
      part("floor", floor, 1);
      if (warmup + decay > 1) {
        throw new IllegalArgumentException("warmup " + warmup + " and decay " + decay + " exceed the budget");
      }
    }

    @Override
    public double factor(double used) {
      if (used < warmup) {
        return warming(used, warmup);
      }
      double left = decay == 0 ? 1 : Math.clamp((1 - used) / decay, 0, 1);
      return floor + (1 - floor) * left;
    }
  }

  private static double warming(double used, double warmup) {
    // Not 0 at the first step, which would be lost.
    return Math.max(used / warmup, 0.01);
  }

  private static void part(String name, double value, double most) {
    if (!(value >= 0 && value <= most)) {
      throw new IllegalArgumentException(name + " " + value + ": must be within 0 and " + most);
    }
  }
}
