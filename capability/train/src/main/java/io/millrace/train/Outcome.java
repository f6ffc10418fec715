// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.time.Duration;
import java.util.List;

/**
 * How a run ended.
 *
 * @param stage its name
 * @param finished false if it was cancelled; then its folder holds a checkpoint and the same call continues
 * @param steps done in all, over all interruptions
 * @param tokens trained on
 * @param elapsed time trained, over all interruptions
 * @param curve one point a step
 */
public record Outcome(
    String stage, boolean finished, long steps, long tokens, Duration elapsed, List<MetricsPoint> curve) {
  /** Copies the curve. */
  public Outcome {
    curve = List.copyOf(curve);
  }

  /** Tokens per second of training. */
  public double tokensPerSecond() {
    return tokens / Math.max(1e-9, elapsed.toNanos() / 1e9);
  }

  /** Mean loss of the last tenth of the run. */
  public double finalLoss() {
    int from = curve.size() - Math.max(1, curve.size() / 10);
    return curve.subList(Math.max(0, from), curve.size()).stream()
        .mapToDouble(MetricsPoint::loss).average().orElse(Double.NaN);
  }
}
