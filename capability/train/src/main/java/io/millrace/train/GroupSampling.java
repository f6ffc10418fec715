// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.train.Practice.Attempt;

import java.util.ArrayList;
import java.util.List;

/**
 * The groups of answers of an iteration.
 *
 * @param prompts how many groups
 * @param size answers to each prompt, at least 2
 * @param tries how often more prompts are drawn, at most, in place of those whose answers are all worth the same and
 *     so teach nothing (Yu et al. 2025, DAPO, section 3.2, dynamic sampling); 1 for never
 */
public record GroupSampling(int prompts, int size, int tries) {
  /** Checks the ranges. */
  public GroupSampling {
    if (prompts < 1 || size < 2 || tries < 1) {
      throw new IllegalArgumentException("%d prompts in groups of %d, %d tries: must be at least 1, 2 and 1"
          .formatted(prompts, size, tries));
    }
  }

  /**
   * What an iteration sampled.
   *
   * @param groups as many as asked for
   * @param all attempts, those of groups that were put aside included
   */
  record Sampled(List<List<Attempt>> groups, List<Attempt> all) {}

  /** Samples the groups of an iteration. */
  Sampled sample(Practice practice, List<Exercise> exercises, long iteration) {
    List<List<Attempt>> telling = new ArrayList<>();
    List<List<Attempt>> uniform = new ArrayList<>();
    List<Attempt> all = new ArrayList<>();
    for (int attempt = 0; attempt < tries && telling.size() < prompts; attempt++) {
      long number = iteration * tries + attempt;
      List<Attempt> drawn = practice.attempts(practice.exercises(exercises, prompts, number), size, number);
      all.addAll(drawn);
      for (int from = 0; from < drawn.size(); from += size) {
        List<Attempt> group = drawn.subList(from, from + size);
        double first = group.getFirst().score().value();
        boolean same = group.stream().allMatch(one -> one.score().value() == first);
        (same ? uniform : telling).add(group);
      }
    }
    telling.addAll(uniform);
    return new Sampled(telling.subList(0, prompts), all);
  }
}
