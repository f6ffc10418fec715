// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.graph;

import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which texts may be titles or headings of passages, as hashes: what running text mentions without any shape, such as a Chinese
 * name, is looked up here before anything is sought on disk. It may say yes to what is none, and never no to what is one.
 */
public final class TitleBook {

  /** No titles. */
  public static final TitleBook EMPTY = new Builder().build();

  /** Characters of the longest title that is looked for in Chinese text, and words of the longest one in other text. */
  static final int LONGEST_HAN = 16;

  static final int LONGEST_WORDS = 6;

  private static final int PREFIXES = 1 << 16;

  /** Open addressing, 0 for free; at most half full. */
  private final int[] hashes;

  /** One bit for the hash of the first two characters: most places in a text begin no title. */
  private final long[] prefixes;

  private TitleBook(int[] hashes, long[] prefixes) {
    this.hashes = hashes;
    this.prefixes = prefixes;
  }

  /** Collects titles. Not safe for use by several threads. */
  public static final class Builder {
    private int[] found = new int[64];
    private int count;
    private final long[] prefixes = new long[PREFIXES / Long.SIZE];

    /** Adds a {@linkplain Entities#normalise normalised} title; what is too short or too long to be looked for is left out. */
    public void add(String title) {
      if (!soughtInText(title)) {
        return;
      }
      if (count == found.length) {
        found = Arrays.copyOf(found, 2 * count);
      }
      found[count++] = hash(title);
      int prefix = prefix(title.charAt(0), title.charAt(1));
      prefixes[prefix >> 6] |= 1L << prefix;
    }

    /** Returns the book of what was added. */
    public TitleBook build() {
      int[] table = new int[Math.max(2, Integer.highestOneBit(Math.max(1, count)) * 4)];
      for (int i = 0; i < count; i++) {
        int at = found[i] & table.length - 1;
        while (table[at] != 0 && table[at] != found[i]) {
          at = at + 1 & table.length - 1;
        }
        table[at] = found[i];
      }
      return new TitleBook(table, prefixes.clone());
    }
  }

  /** A single word of a language with spaces names nothing by itself; what has a shape is found by that. */
  private static boolean soughtInText(String title) {
    return title.length() >= 2
        && (ideographic(title) ? title.length() <= LONGEST_HAN : title.indexOf(' ') > 0 && words(title) <= LONGEST_WORDS);
  }

  /** Whether all of it is Han, perhaps with digits: then it may begin and end anywhere in a text. */
  private static boolean ideographic(String title) {
    return Character.isIdeographic(title.charAt(0))
        && title.chars().allMatch(c -> Character.isIdeographic(c) || Character.isDigit(c));
  }

  private static int words(String title) {
    int words = 1;
    for (int i = 0; i < title.length(); i++) {
      words += title.charAt(i) == ' ' ? 1 : 0;
    }
    return words;
  }

  private boolean begins(char first, char second) {
    int prefix = prefix(first, second);
    return (prefixes[prefix >> 6] & 1L << prefix) != 0;
  }

  private boolean holds(int hash) {
    for (int at = hash & hashes.length - 1; hashes[at] != 0; at = at + 1 & hashes.length - 1) {
      if (hashes[at] == hash) {
        return true;
      }
    }
    return false;
  }

  private static int prefix(char first, char second) {
    return (first * 31 + second) * 0x9E3779B1 >>> 16;
  }

  private static int hash(String title) {
    byte[] bytes = title.getBytes(StandardCharsets.UTF_8);
    int hash = StringHelper.murmurhash3_x86_32(bytes, 0, bytes.length, 7);
    return hash == 0 ? 1 : hash;
  }

  /** Returns the bytes that it takes. */
  public long bytes() {
    return 4L * hashes.length + 8L * prefixes.length;
  }

  /** Tells whether a candidate is a title that counts. */
  @FunctionalInterface
  public interface Judge {
    boolean is(String title) throws IOException;
  }

  /**
   * Returns the titles that a text mentions: from left to right the longest one that counts.
   *
   * @param text {@linkplain Entities#normalise normalised}
   * @param books those of all parts of an index
   * @param most so many at most
   * @param judge asked of each candidate, with its normalised text; answers no for what only looked like a title
   */
  public static List<String> mentioned(String text, List<TitleBook> books, int most, Judge judge) throws IOException {
    List<String> mentioned = new ArrayList<>();
    for (int start = 0; start + 1 < text.length() && mentioned.size() < most; ) {
      String title = at(text, start, books, judge);
      if (title != null) {
        mentioned.add(title);
        start += title.length();
      } else {
        start = next(text, start);
      }
    }
    return mentioned;
  }

  /** Titles in a language with spaces begin with a word; Han ones begin anywhere. */
  private static int next(String text, int start) {
    int next = start + 1;
    while (next < text.length() && !Character.isIdeographic(text.charAt(next)) && text.charAt(next - 1) != ' '
        && !Character.isIdeographic(text.charAt(next - 1))) {
      next++;
    }
    return next;
  }

  private static @Nullable String at(String text, int start, List<TitleBook> books, Judge judge)
      throws IOException {
    char first = text.charAt(start);
    char second = text.charAt(start + 1);
    List<TitleBook> some = null;
    for (TitleBook book : books) {
      if (book.begins(first, second)) {
        some = some == null ? new ArrayList<>(books.size()) : some;
        some.add(book);
      }
    }
    if (some == null) {
      return null;
    }
    List<Integer> ends = Character.isIdeographic(first) ? hanEnds(text, start) : wordEnds(text, start);
    for (int i = ends.size() - 1; i >= 0; i--) {
      String candidate = text.substring(start, ends.get(i));
      int hash = hash(candidate);
      if (some.stream().anyMatch(book -> book.holds(hash)) && judge.is(candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static List<Integer> hanEnds(String text, int start) {
    List<Integer> ends = new ArrayList<>();
    int end = start + 1;
    while (end < text.length() && end - start < LONGEST_HAN
        && (Character.isIdeographic(text.charAt(end)) || Character.isDigit(text.charAt(end)))) {
      ends.add(++end);
    }
    return ends;
  }

  private static List<Integer> wordEnds(String text, int start) {
    List<Integer> ends = new ArrayList<>();
    int end = start;
    for (int words = 1; words <= LONGEST_WORDS && end < text.length(); words++) {
      int space = text.indexOf(' ', end);
      end = space < 0 ? text.length() : space;
      if (words > 1) {
        ends.add(end);
      }
      end++;
    }
    return ends;
  }
}
