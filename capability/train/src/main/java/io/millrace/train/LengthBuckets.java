// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Batches of items of similar length, each of about the same number of tokens, so that little is computed for padding.
 *
 * <p>The batches of an epoch depend on seed and epoch only.
 */
final class LengthBuckets {
  /** Items are sorted within stretches of so many batches: few enough that batches differ from epoch to epoch. */
  private static final int STRETCH = 40;

  private final int[] lengths;
  private final int batchTokens;
  private final long seed;
  private long epoch = -1;
  private long epochStart;
  private List<int[]> batches = List.of();

  LengthBuckets(int[] lengths, int batchTokens, long seed) {
    this.lengths = lengths.clone();
    this.batchTokens = batchTokens;
    this.seed = seed;
  }

  /** The items of batch number {@code step} of the whole run; steps may not go backwards over an epoch. */
  int[] batch(long step) {
    while (epoch < 0 || step >= epochStart + batches.size()) {
      epochStart += batches.size();
      epoch++;
      batches = cut();
    }
    return batches.get((int) (step - epochStart));
  }

  private List<int[]> cut() {
    Integer[] order = Arrays.stream(Shuffle.order(lengths.length, seed, epoch)).boxed().toArray(Integer[]::new);
    long total = Arrays.stream(lengths).asLongStream().sum();
    int perBatch = (int) Math.max(1, lengths.length * (long) batchTokens / Math.max(1, total));
    for (int from = 0; from < order.length; from += STRETCH * perBatch) {
      Arrays.sort(order, from, Math.min(order.length, from + STRETCH * perBatch),
          Comparator.comparingInt(item -> lengths[item]));
    }
    List<int[]> cut = new ArrayList<>();
    int from = 0;
    int longest = 0;
    for (int i = 0; i < order.length; i++) {
      int grown = Math.max(longest, lengths[order[i]]);
      if (i > from && (long) grown * (i + 1 - from) > batchTokens) {
        cut.add(items(order, from, i));
        from = i;
        grown = lengths[order[i]];
      }
      longest = grown;
    }
    cut.add(items(order, from, order.length));
    List<int[]> shuffled = new ArrayList<>();
    for (int batch : Shuffle.order(cut.size(), seed + 1, epoch)) {
      shuffled.add(cut.get(batch));
    }
    return shuffled;
  }

  private static int[] items(Integer[] order, int from, int to) {
    return Arrays.stream(order, from, to).mapToInt(Integer::intValue).toArray();
  }
}
