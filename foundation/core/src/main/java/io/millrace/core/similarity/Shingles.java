// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.similarity;

import java.util.Arrays;

/**
 * The set of all runs of {@value #LENGTH} neighbouring tokens of a text, as hashes; a token is a word of letters and
 * digits or a single Han character (Broder, "On the resemblance and containment of documents", 1997).
 */
public final class Shingles {

  /** Tokens in a shingle. */
  public static final int LENGTH = 5;

  private final long[] sorted;

  private Shingles(long[] sorted) {
    this.sorted = sorted;
  }

  /** Returns the shingles of a text; case, punctuation and spacing do not matter. A short text is one shingle. */
  public static Shingles of(String text) {
    long[] tokens = tokens(text);
    int count = Math.max(tokens.length == 0 ? 0 : 1, tokens.length - LENGTH + 1);
    long[] hashes = new long[count];
    for (int i = 0; i < count; i++) {
      long hash = 1;
      for (int j = i; j < Math.min(i + LENGTH, tokens.length); j++) {
        hash = mix(hash * 31 + tokens[j]);
      }
      hashes[i] = hash;
    }
    return new Shingles(Arrays.stream(hashes).sorted().distinct().toArray());
  }

  /** Returns how many different shingles there are. */
  public int size() {
    return sorted.length;
  }

  /** Returns the hash with the given place in ascending order. */
  public long hash(int i) {
    return sorted[i];
  }

  /** Returns a hash of the whole set: equal for texts with the same words in about the same order. */
  public long fingerprint() {
    long hash = sorted.length;
    for (long shingle : sorted) {
      hash = mix(hash * 31 + shingle);
    }
    return hash;
  }

  /** Returns the size of the intersection over the size of the union; 1 for two empty texts. */
  public double jaccard(Shingles other) {
    return jaccard(other, 0);
  }

  /** Returns {@link #jaccard(Shingles)} if it reaches the threshold, else 0, which is mostly known after a few shingles. */
  public double jaccard(Shingles other, double threshold) {
    int all = sorted.length + other.sorted.length;
    // With d shingles in one of the two only, the similarity is (all - d) / (all + d).
    double most = all * (1 - threshold) / (1 + threshold) + 1;
    int i = 0;
    int j = 0;
    int common = 0;
    while (i < sorted.length && j < other.sorted.length) {
      int order = Long.compare(sorted[i], other.sorted[j]);
      if (order == 0) {
        common++;
        i++;
        j++;
      } else {
        if (i + j - 2 * common > most) {
          return 0;
        }
        if (order < 0) {
          i++;
        } else {
          j++;
        }
      }
    }
    int union = all - common;
    double similarity = union == 0 ? 1 : (double) common / union;
    return similarity >= threshold ? similarity : 0;
  }

  private static long[] tokens(String text) {
    long[] tokens = new long[16];
    int count = 0;
    long word = 0;
    for (int i = 0; i < text.length(); ) {
      int c = Character.toLowerCase(text.codePointAt(i));
      i += Character.charCount(c);
      boolean han = c >= 0x2e80 && Character.isIdeographic(c);
      boolean letter = !han && Character.isLetterOrDigit(c);
      if (!letter && word != 0) {
        tokens = with(tokens, count++, word);
        word = 0;
      }
      if (han) {
        tokens = with(tokens, count++, mix(c));
      } else if (letter) {
        word = mix(word * 31 + c);
      }
    }
    if (word != 0) {
      tokens = with(tokens, count++, word);
    }
    return Arrays.copyOf(tokens, count);
  }

  private static long[] with(long[] tokens, int at, long token) {
    long[] room = at < tokens.length ? tokens : Arrays.copyOf(tokens, tokens.length * 2);
    room[at] = token;
    return room;
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output. */
  public static long mix(long z) {
    long x = z + 0x9e3779b97f4a7c15L;
    x = (x ^ (x >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
