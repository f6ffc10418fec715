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
  private final int batchItems;
  private final long seed;
  private long epoch = -1;
  private long epochStart;
  private List<int[]> batches = List.of();

  LengthBuckets(int[] lengths, int batchTokens, long seed) {
    this(lengths, batchTokens, Integer.MAX_VALUE, seed);
  }

  private LengthBuckets(int[] lengths, int batchTokens, int batchItems, long seed) {
    this.lengths = lengths.clone();
    this.batchTokens = batchTokens;
    this.batchItems = batchItems;
    this.seed = seed;
  }

  /** Batches of equal numbers of items, however long they are, of which the last of a stretch may be smaller. */
  static LengthBuckets ofItems(int[] lengths, int batchItems, long seed) {
    return new LengthBuckets(lengths, Integer.MAX_VALUE, batchItems, seed);
  }

  /** The items of batch number {@code step} of the whole run; cheap when asked in the order of steps. */
  int[] batch(long step) {
    if (step < epochStart) {
      epoch = -1;
      epochStart = 0;
      batches = List.of();
    }
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
    long perBatch = Math.clamp(lengths.length * (long) batchTokens / Math.max(1, total), 1, batchItems);
    int stretch = (int) Math.min(lengths.length, STRETCH * perBatch);
    for (int from = 0; from < order.length; from += stretch) {
      Arrays.sort(order, from, Math.min(order.length, from + stretch),
          Comparator.comparingInt(item -> lengths[item]));
    }
    List<int[]> cut = new ArrayList<>();
    int from = 0;
    int longest = 0;
    for (int i = 0; i < order.length; i++) {
      int grown = Math.max(longest, lengths[order[i]]);
      if (i > from && ((long) grown * (i + 1 - from) > batchTokens || i - from >= batchItems)) {
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
