// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Items in batches of equal number, each item once an epoch, in an order that depends on seed and epoch only; the last
 * batch of an epoch may be smaller.
 */
final class ShuffledBatches<T> {
  private final List<T> items;
  private final int batchSize;
  private final long seed;
  private long epoch = -1;
  private int[] order = {};

  ShuffledBatches(List<T> items, int batchSize, long seed) {
    if (items.isEmpty() || batchSize < 1) {
      throw new IllegalArgumentException("batches of " + batchSize + " out of " + items.size() + " items");
    }
    this.items = items;
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /** How many batches an epoch has. */
  int perEpoch() {
    return (items.size() + batchSize - 1) / batchSize;
  }

  /** The items of batch {@code number} of the whole run, from 0. */
  List<T> batch(long number) {
    if (number / perEpoch() != epoch) {
      epoch = number / perEpoch();
      order = Shuffle.order(items.size(), seed, epoch);
    }
    int from = (int) (number % perEpoch()) * batchSize;
    List<T> batch = new ArrayList<>();
    for (int index : Arrays.copyOfRange(order, from, Math.min(order.length, from + batchSize))) {
      batch.add(items.get(index));
    }
    return batch;
  }
}
