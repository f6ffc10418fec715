// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.reward.VerifiableReward.Score;
import io.millrace.train.rollout.Policy;
import io.millrace.train.rollout.Rollout;
import io.millrace.train.rollout.Sampling;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Samples answers of a policy and has them judged; the same number gives the same draws always. */
final class Practice {
  /** An answer and what it was worth. */
  record Attempt(Rollout rollout, Score score) {
    /** The answer as something to learn. */
    Example example() {
      return Example.of(rollout.prompt(), rollout.answer());
    }
  }

  /** Draws that no iteration makes. */
  private static final long HELD_OUT = -1;

  private final Policy policy;
  private final Sampling sampling;
  private final long seed;

  Practice(Policy policy, Sampling sampling, long seed) {
    this.policy = policy;
    this.sampling = sampling;
    this.seed = seed;
  }

  /**
   * Attempts at exercises.
   *
   * @param each attempts at every exercise, which follow one another
   * @param number of the draws
   */
  List<Attempt> attempts(List<Exercise> exercises, int each, long number) {
    SplittableRandom seeds = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    List<Policy.Request> requests = new ArrayList<>();
    for (Exercise exercise : exercises) {
      for (int i = 0; i < each; i++) {
        requests.add(new Policy.Request(exercise.prompt(), seeds.nextLong()));
      }
    }
    List<Rollout> rollouts = policy.sample(requests, sampling);
    List<Attempt> attempts = new ArrayList<>();
    for (int i = 0; i < rollouts.size(); i++) {
      Rollout rollout = rollouts.get(i);
      attempts.add(new Attempt(rollout, exercises.get(i / each).judge().judge(rollout.answer())));
    }
    return attempts;
  }

  /** The exercises of draw {@code number}: always as many, all in turn, in a new order each time through. */
  List<Exercise> exercises(List<Exercise> all, int count, long number) {
    List<Exercise> drawn = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long position = number * count + i;
      int[] order = Shuffle.order(all.size(), seed, position / all.size());
      drawn.add(all.get(order[(int) (position % all.size())]));
    }
    return drawn;
  }

  /** One attempt at each held-out exercise, drawn alike at every call; null if there are none. */
  @Nullable PolicyScore score(List<Exercise> heldOut) {
    return heldOut.isEmpty() ? null : mean(attempts(heldOut, 1, HELD_OUT));
  }

  /** The means of attempts. */
  static PolicyScore mean(List<Attempt> attempts) {
    return new PolicyScore(
        attempts.size(),
        attempts.stream().mapToDouble(attempt -> attempt.score.value()).average().orElse(Double.NaN),
        attempts.stream().mapToInt(attempt -> attempt.rollout.answer().length).average().orElse(Double.NaN),
        attempts.stream().mapToInt(attempt -> attempt.rollout.finished() ? 1 : 0).average().orElse(Double.NaN));
  }
}
