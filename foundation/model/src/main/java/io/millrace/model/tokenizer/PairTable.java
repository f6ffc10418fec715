// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import java.util.Arrays;

/** Counts of neighbouring tokens and the words in which they occur; open addressing over primitive keys. */
final class PairTable {
  private static final int[] NONE = new int[0];

  private int[] slots = new int[1 << 16]; // index + 1 of a pair, 0 when free
  private long[] keys = new long[1 << 14];
  private long[] counts = new long[1 << 14];
  private int[][] words = new int[1 << 14][];
  private int[] wordCounts = new int[1 << 14];
  private int size;

  static long key(int left, int right) {
    return ((long) left << 32) | right;
  }

  int left(int pair) {
    return (int) (keys[pair] >>> 32);
  }

  int right(int pair) {
    return (int) keys[pair];
  }

  int size() {
    return size;
  }

  long count(int pair) {
    return counts[pair];
  }

  /** The words in which the pair occurred when it was counted; it may have gone from some, or be listed twice. */
  int[] words(int pair) {
    return Arrays.copyOf(words[pair], wordCounts[pair]);
  }

  /** Forgets the words of a pair that was merged away. */
  void dropWords(int pair) {
    words[pair] = NONE;
    wordCounts[pair] = 0;
  }

  /** Adds occurrences in a word and returns the pair's index. */
  int add(long key, long n, int word) {
    int pair = find(key);
    counts[pair] += n;
    int used = wordCounts[pair];
    if (used == 0 || words[pair][used - 1] != word) {
      if (used == words[pair].length) {
        words[pair] = Arrays.copyOf(words[pair], Math.max(4, used + (used >> 1)));
      }
      words[pair][used] = word;
      wordCounts[pair] = used + 1;
    }
    return pair;
  }

  void subtract(long key, long n) {
    counts[find(key)] -= n;
  }

  private int find(long key) {
    int mask = slots.length - 1;
    int slot = hash(key) & mask;
    while (slots[slot] != 0) {
      int pair = slots[slot] - 1;
      if (keys[pair] == key) {
        return pair;
      }
      slot = (slot + 1) & mask;
    }
    slots[slot] = size + 1;
    return insert(key);
  }

  private int insert(long key) {
    if (size == keys.length) {
      int capacity = size * 2;
      keys = Arrays.copyOf(keys, capacity);
      counts = Arrays.copyOf(counts, capacity);
      words = Arrays.copyOf(words, capacity);
      wordCounts = Arrays.copyOf(wordCounts, capacity);
    }
    keys[size] = key;
    words[size] = NONE;
    int pair = size++;
    if (size * 2 > slots.length) {
      rehash();
    }
    return pair;
  }

  private void rehash() {
    slots = new int[slots.length * 2];
    int mask = slots.length - 1;
    for (int pair = 0; pair < size; pair++) {
      int slot = hash(keys[pair]) & mask;
      while (slots[slot] != 0) {
        slot = (slot + 1) & mask;
      }
      slots[slot] = pair + 1;
    }
  }

  private static int hash(long key) {
    long h = key * 0x9E3779B97F4A7C15L;
    return (int) (h >>> 32);
  }
}
