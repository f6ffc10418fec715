// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import java.util.SplittableRandom;

/** The order in which an epoch visits its items: a function of seed and epoch only, so that a run can resume. */
final class Shuffle {
  private Shuffle() {}

  /** A permutation of 0 … count - 1 (Fisher and Yates). */
  static int[] order(int count, long seed, long epoch) {
    int[] order = new int[count];
    SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + epoch);
    for (int i = 0; i < count; i++) {
      int j = random.nextInt(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }
}
