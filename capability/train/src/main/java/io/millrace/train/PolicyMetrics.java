// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import org.jspecify.annotations.Nullable;

/**
 * One iteration of reinforcement learning, sampling and the steps that learn from it; a line of {@code policy.jsonl}.
 *
 * @param iteration from 0
 * @param reward mean of the sampled answers, as judged
 * @param length mean number of tokens of an answer
 * @param finished share of answers that ended by themselves
 * @param kl mean divergence from the reference, in nats an answer, estimated by k3; null without a reference
 * @param klWeight what it was weighed with
 * @param entropy mean over the tokens, in nats, during the steps
 * @param clipped share of tokens whose gradient was clipped away, during the steps
 * @param valueError mean squared error of the predicted returns, during the steps; null without a value function
 */
public record PolicyMetrics(
    long iteration,
    double reward,
    double length,
    double finished,
    @Nullable Double kl,
    double klWeight,
    double entropy,
    double clipped,
    @Nullable Double valueError) {}
