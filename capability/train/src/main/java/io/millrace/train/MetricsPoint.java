// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

/**
 * One step of a loss curve; a line of {@code metrics.jsonl}.
 *
 * @param step steps done, from 1
 * @param seconds trained so far
 * @param tokens trained on so far
 * @param loss of this step, in nats per predicted token
 * @param learningRate of this step
 * @param gradientNorm before clipping
 */
public record MetricsPoint(
    long step, double seconds, long tokens, double loss, double learningRate, double gradientNorm) {}
