// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Hashed features of a text: character n-grams of 2 to 5 and word n-grams of 1 to 3, each present or not. Hashing
 * keeps the model small and its size known (Weinberger et al. 2009, arXiv:0902.2206); the rare collisions cost less
 * than a vocabulary would.
 */
final class Ngrams {

  /** Number of features; a power of two. */
  static final int DIMENSIONS = 1 << 18;

  private static final int SHORTEST = 2;
  private static final int LONGEST = 5;
  private static final int WORDS = 3;
  private static final int MOST_CHARACTERS = 4_096;

  private Ngrams() {}

  /** Returns the distinct features of a normalised text, sorted; each counts {@code 1 / sqrt(number)}. */
  static int[] of(String text) {
    String padded = padded(text);
    int[] found = new int[(LONGEST - SHORTEST + 1 + WORDS) * padded.length() + 1];
    int[] count = {0};
    each(padded, (hash, from, to) -> found[count[0]++] = hash);
    return Arrays.stream(found, 0, count[0]).sorted().distinct().toArray();
  }

  /** Returns what each feature of the text stands for; where two share a number, the longer one. */
  static Map<Integer, String> names(String text) {
    String padded = padded(text);
    Map<Integer, String> names = new LinkedHashMap<>();
    each(
        padded,
        (hash, from, to) ->
            names.merge(hash, padded.substring(from, to), (a, b) -> a.length() >= b.length() ? a : b));
    return names;
  }

  private interface Visitor {
    void visit(int hash, int from, int to);
  }

  private static String padded(String text) {
    return " " + (text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text) + " ";
  }

  private static void each(String text, Visitor visitor) {
    for (int from = 0; from < text.length(); from++) {
      int hash = 0x811C9DC5;
      for (int to = from; to < text.length() && to < from + LONGEST; to++) {
        hash = (hash ^ text.charAt(to)) * 0x01000193;
        if (to - from + 1 >= SHORTEST) {
          visitor.visit(slot(hash), from, to + 1);
        }
      }
    }
    int[] starts = new int[WORDS];
    int words = 0;
    int i = 0;
    while (i < text.length()) {
      if (!isWord(text.charAt(i))) {
        i++;
        continue;
      }
      int end = i;
      while (end < text.length() && isWord(text.charAt(end))) {
        end++;
      }
      starts[words % WORDS] = i;
      words++;
      for (int n = 1; n <= Math.min(WORDS, words); n++) {
        int from = starts[(words - n) % WORDS];
        visitor.visit(slot(wordHash(text, from, end)), from, end);
      }
      i = end;
    }
  }

  private static int wordHash(String text, int from, int to) {
    int hash = 0x2C1B3C6D;
    boolean gap = false;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      boolean word = isWord(c);
      if (word || !gap) {
        hash = (hash ^ (word ? c : ' ')) * 0x01000193;
      }
      gap = !word;
    }
    return hash;
  }

  private static boolean isWord(char c) {
    return c < 0x80 && (Character.isLetterOrDigit(c) || c == '\'');
  }

  /** Mixes the bits, since the low ones of FNV are weak, and keeps as many as there are dimensions. */
  private static int slot(int hash) {
    int mixed = hash ^ (hash >>> 16);
    mixed *= 0x85EBCA6B;
    mixed ^= mixed >>> 13;
    mixed *= 0xC2B2AE35;
    mixed ^= mixed >>> 16;
    return mixed & (DIMENSIONS - 1);
  }
}
