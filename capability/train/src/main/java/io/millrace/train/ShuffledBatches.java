// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayList;
import java.util.List;

/**
 * Items in batches of equal number: all in turn, in a new order each time through, which depends on seed and epoch only.
 *
 * <p>Batches go on from the end of one order to the beginning of the next, so that the items of a step are the same
 * however many batches it is divided into.
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

  /** The items of batch {@code number} of the whole run, from 0. */
  List<T> batch(long number) {
    List<T> batch = new ArrayList<>();
    for (long place = number * batchSize; place < (number + 1) * batchSize; place++) {
      batch.add(items.get(order(place / items.size())[(int) (place % items.size())]));
    }
    return batch;
  }

  private int[] order(long wanted) {
    if (wanted != epoch) {
      epoch = wanted;
      order = Shuffle.order(items.size(), seed, epoch);
    }
    return order;
  }
}
