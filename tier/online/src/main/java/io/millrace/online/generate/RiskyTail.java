// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.generate;

/**
 * Where the end of an unfinished text begins that may still become a secret: the last word, since addresses, keys and
 * passwords have no spaces in them, together with groups of digits or capitals before it, as numbers of cards,
 * telephones and accounts have.
 */
final class RiskyTail {

  /** What grows longer than this is no secret that anybody could type, and is let go. */
  static final int LONGEST = 1_024;

  private static final String ENDS = "\"'`{}[]<>,;|\\";
  private static final int LONGEST_GROUP = 4;

  private RiskyTail() {}

  /**
   * Finds it.
   *
   * @param from earlier text has gone out already
   * @return the start of the tail; the length of the text where there is none
   */
  static int start(CharSequence text, int from) {
    int start = wordStart(text, text.length(), from);
    while (start > from) {
      int end = start;
      while (end > from && isGap(text.charAt(end - 1))) {
        end--;
      }
      int group = wordStart(text, end, from);
      if (end == start || group == end || !isGroup(text, group, end)) {
        break;
      }
      start = group;
    }
    return text.length() - start > LONGEST ? text.length() : start;
  }

  private static int wordStart(CharSequence text, int end, int from) {
    int start = end;
    while (start > from && belongsToWord(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static boolean belongsToWord(char c) {
    return c > ' ' && c < 0x7F && ENDS.indexOf(c) < 0;
  }

  private static boolean isGap(char c) {
    return c == ' ' || c == '\u00a0';
  }

  /** Digits with what is usual between them, or a few capitals and digits. */
  private static boolean isGroup(CharSequence text, int start, int end) {
    boolean digits = true;
    boolean capitals = end - start <= LONGEST_GROUP;
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      digits &= (c >= '0' && c <= '9') || "+-.()".indexOf(c) >= 0;
      capitals &= (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
    }
    return digits || capitals;
  }
}
