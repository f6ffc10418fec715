// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.time.Duration;

/**
 * Where a stage stands after a step.
 *
 * @param stage its name, such as "pretraining"
 * @param step steps done
 * @param total steps in all, estimated from the time used where the budget is a time
 * @param loss of this step, in nats per predicted token
 * @param tokensPerSecond over the whole run
 * @param remaining estimated
 */
public record Progress(
    String stage, long step, long total, double loss, double tokensPerSecond, Duration remaining) {

  /** After a step of a stage with that budget. */
  static Progress of(String stage, Budget budget, MetricsPoint point) {
    double used = Math.max(1e-9, budget.used(point.step(), point.seconds()));
    return new Progress(
        stage,
        point.step(),
        Math.max(point.step(), Math.round(point.step() / used)),
        point.loss(),
        point.tokens() / Math.max(1e-9, point.seconds()),
        Duration.ofMillis(Math.round(1e3 * point.seconds() * (1 - used) / used)));
  }

  /** Is told after every step, on the training thread; must return quickly. */
  @FunctionalInterface
  public interface Listener {
    /** Tells nobody. */
    Listener NONE = progress -> {};

    /** Called after a step. */
    void onStep(Progress progress);
  }
}
