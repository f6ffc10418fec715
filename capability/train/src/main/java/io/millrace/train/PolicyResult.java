// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What came of a run of reinforcement learning.
 *
 * @param outcome steps, time, loss curve
 * @param curve one point an iteration
 * @param before on the held-out exercises before training; null if there were none
 * @param after the same afterwards, with the same seeds; null if there were none, or if cancelled
 * @param skipped exercises whose prompt left no room for an answer
 */
public record PolicyResult(
    Outcome outcome,
    List<PolicyMetrics> curve,
    @Nullable PolicyScore before,
    @Nullable PolicyScore after,
    int skipped) {
  /** Copies the curve. */
  public PolicyResult {
    curve = List.copyOf(curve);
  }
}
