// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How the micro-batches of a run of reinforcement learning belong to iterations: answers are sampled, then read several
 * times in a new order each time.
 *
 * @param answers sampled in an iteration
 * @param batchSize answers of a micro-batch
 * @param epochs how often each answer is read
 * @param accumulate micro-batches of a step
 * @param seed of the orders
 */
record Rounds(int answers, int batchSize, int epochs, int accumulate, long seed) {
  Rounds {
    if (answers < 1 || batchSize < 1 || epochs < 1) {
      throw new IllegalArgumentException("%d answers in batches of %d, read %d times: all must be at least 1"
          .formatted(answers, batchSize, epochs));
    }
    int parts = (answers + batchSize - 1) / batchSize * epochs;
    if (parts % accumulate != 0) {
      throw new IllegalArgumentException(
          "%d answers in batches of %d, read %d times, are %d micro-batches, which steps of %d do not divide"
              .formatted(answers, batchSize, epochs, parts, accumulate));
    }
  }

  /** Micro-batches of an iteration. */
  int parts() {
    return perEpoch() * epochs;
  }

  /** Steps of an iteration. */
  int steps() {
    return parts() / accumulate;
  }

  private int perEpoch() {
    return (answers + batchSize - 1) / batchSize;
  }

  long iteration(long number) {
    return number / parts();
  }

  boolean begins(long number) {
    return number % parts() == 0;
  }

  boolean ends(long number) {
    return number % parts() == parts() - 1;
  }

  /** What micro-batch {@code number} of the run reads of all that its iteration sampled. */
  <T> List<T> batch(List<T> all, long number) {
    int[] order = Shuffle.order(answers, seed, number / perEpoch());
    int from = (int) (number % perEpoch()) * batchSize;
    List<T> batch = new ArrayList<>();
    for (int index : Arrays.copyOfRange(order, from, Math.min(answers, from + batchSize))) {
      batch.add(all.get(index));
    }
    return batch;
  }
}
