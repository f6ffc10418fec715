// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/** A set of tokens: a bit for each id, or the ids where they are few. Immutable. */
final class TokenSet {
  static final TokenSet NONE = new TokenSet(new int[0], null, 0);

  private final int[] ids;
  private final long @Nullable [] bits;
  private final int count;

  private TokenSet(int[] ids, long @Nullable [] bits, int count) {
    this.ids = ids;
    this.bits = bits;
    this.count = count;
  }

  /**
   * These ids.
   *
   * @param size of the vocabulary
   */
  static TokenSet of(int[] ids, int size) {
    if (ids.length <= size / 32) {
      return new TokenSet(ids, null, ids.length);
    }
    long[] bits = new long[words(size)];
    for (int id : ids) {
      bits[id >> 6] |= 1L << id;
    }
    return new TokenSet(new int[0], bits, ids.length);
  }

  /** The ids whose bits are set; keeps the array. */
  static TokenSet of(long[] bits) {
    int count = 0;
    for (long word : bits) {
      count += Long.bitCount(word);
    }
    if (count > bits.length * 2) {
      return new TokenSet(new int[0], bits, count);
    }
    int[] ids = new int[count];
    int n = 0;
    for (int w = 0; w < bits.length; w++) {
      for (long word = bits[w]; word != 0; word &= word - 1) {
        ids[n++] = w << 6 | Long.numberOfTrailingZeros(word);
      }
    }
    return new TokenSet(ids, null, count);
  }

  /** How many words hold the bits of so many ids. */
  static int words(int size) {
    return size + 63 >> 6;
  }

  int count() {
    return count;
  }

  /** Sets the bits of its tokens. */
  void addTo(long[] target) {
    if (bits != null) {
      for (int w = 0; w < bits.length; w++) {
        target[w] |= bits[w];
      }
    }
    for (int id : ids) {
      target[id >> 6] |= 1L << id;
    }
  }

  /** Sets the logits of all other tokens to −∞, those beyond the vocabulary included. */
  void mask(float[] logits) {
    if (bits == null) {
      float[] kept = new float[ids.length];
      for (int i = 0; i < ids.length; i++) {
        kept[i] = logits[ids[i]];
      }
      Arrays.fill(logits, Float.NEGATIVE_INFINITY);
      for (int i = 0; i < ids.length; i++) {
        logits[ids[i]] = kept[i];
      }
      return;
    }
    for (int w = 0; w < bits.length; w++) {
      if (bits[w] != -1) {
        int from = w << 6;
        int to = Math.min(from + 64, logits.length);
        for (int i = from; i < to; i++) {
          if ((bits[w] >>> i & 1) == 0) {
            logits[i] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    }
    if (bits.length << 6 < logits.length) {
      Arrays.fill(logits, bits.length << 6, logits.length, Float.NEGATIVE_INFINITY);
    }
  }

  /** About how many bytes it takes. */
  int bytes() {
    return 64 + 4 * ids.length + (bits == null ? 0 : 8 * bits.length);
  }
}
