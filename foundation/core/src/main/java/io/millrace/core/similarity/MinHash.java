// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.similarity;

import java.util.Arrays;

/**
 * Sketches of shingle sets: two sketches agree in a place with the probability of the sets' Jaccard similarity
 * (Broder 1997). Cut into {@value #BANDS} bands of {@value #ROWS} rows, two texts share a band with the probability
 * 1 − (1 − s^{@value #ROWS})^{@value #BANDS}: more than 0.9999 at a similarity s of 0.9, 0.06 at 0.5.
 */
public final class MinHash {

  /** Keys that a text has. */
  public static final int BANDS = 16;

  static final int ROWS = 8;

  private static final long[] SEEDS = new long[BANDS * ROWS];

  static {
    for (int i = 0; i < SEEDS.length; i++) {
      SEEDS[i] = Shingles.mix(i * 0x5851f42d4c957f2dL);
    }
  }

  private MinHash() {}

  /** Returns, for each place, the smallest value of that place's hash function over the set. */
  public static long[] sketch(Shingles shingles) {
    long[] smallest = new long[SEEDS.length];
    Arrays.fill(smallest, Long.MAX_VALUE);
    for (int i = 0; i < shingles.size(); i++) {
      long hash = shingles.hash(i);
      for (int place = 0; place < SEEDS.length; place++) {
        long value = (hash ^ SEEDS[place]) * 0x9e3779b97f4a7c15L;
        value ^= value >>> 32;
        smallest[place] = Math.min(smallest[place], value);
      }
    }
    return smallest;
  }

  /** Returns one key a band; texts that share a key are candidates for being near duplicates. */
  public static long[] bands(Shingles shingles) {
    long[] sketch = sketch(shingles);
    long[] keys = new long[BANDS];
    for (int band = 0; band < BANDS; band++) {
      long key = band;
      for (int row = 0; row < ROWS; row++) {
        key = Shingles.mix(key * 31 + sketch[band * ROWS + row]);
      }
      keys[band] = key;
    }
    return keys;
  }
}
