// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.time.Duration;

/**
 * How long a stage may train: a number of steps, a time, or whichever ends first.
 *
 * @param steps at least 1; {@link Long#MAX_VALUE} for no bound
 * @param time positive; {@link #UNBOUNDED} for no bound
 * @param leastSteps a processor that needs more time for these takes it, up to {@link #PATIENCE} times as much; 0 for none
 */
public record Budget(long steps, Duration time, long leastSteps) {
  /** How many times its time a budget may take for its least steps. */
  public static final int PATIENCE = 4;

  /** No bound on time. */
  public static final Duration UNBOUNDED = Duration.ofSeconds(Long.MAX_VALUE);

  /** Checks that there is a bound. */
  public Budget {
    if (leastSteps < 0 || leastSteps > steps) {
      throw new IllegalArgumentException("least steps " + leastSteps + ": must be from 0 to " + steps);
    }
    if (steps < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("budget of " + steps + " steps and " + time + ": both must be positive");
    }
    if (steps == Long.MAX_VALUE && time.equals(UNBOUNDED)) {
      throw new IllegalArgumentException("budget without a bound: give steps or a time");
    }
  }

  /** So many steps or this time, whichever ends first. */
  public Budget(long steps, Duration time) {
    this(steps, time, 0);
  }

  /** So many steps, however long they take. */
  public static Budget ofSteps(long steps) {
    return new Budget(steps, UNBOUNDED);
  }

  /** As many steps as fit in this time. */
  public static Budget ofTime(Duration time) {
    return new Budget(Long.MAX_VALUE, time);
  }

  /** The same with a number of steps that a slower processor gets more time for. */
  public Budget atLeast(long fewest) {
    return new Budget(steps, time, fewest);
  }

  /**
   * The part of the budget that is used, from 0 to 1.
   *
   * @param step steps done
   * @param seconds seconds trained
   */
  public double used(long step, double seconds) {
    double bySteps = steps == Long.MAX_VALUE ? 0 : (double) step / steps;
    double byTime = time.equals(UNBOUNDED) ? 0 : seconds / (time.toNanos() / 1e9);
    double timeUsed = leastSteps == 0 ? byTime : Math.max(Math.min(byTime, (double) step / leastSteps), byTime / PATIENCE);
    return Math.min(1, Math.max(bySteps, timeUsed));
  }

  /** As settings show it: {@code 500 steps}, {@code 110 s}, or {@code 500 steps or 110 s}. */
  @Override
  public String toString() {
    if (time.equals(UNBOUNDED)) {
      return steps + " steps";
    }
    String seconds = time.toMillis() / 1_000.0 + " s" + (leastSteps == 0 ? "" : " and at least " + leastSteps + " steps");
    return steps == Long.MAX_VALUE ? seconds : steps + " steps or " + seconds;
  }
}
