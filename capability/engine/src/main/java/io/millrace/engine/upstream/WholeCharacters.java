// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

/**
 * Text in pieces that may be cut within a character, as JSON allows: half a character (a surrogate) waits for its other
 * half, and becomes U+FFFD where that does not come.
 */
final class WholeCharacters {

  private static final char REPLACEMENT = '\uFFFD';

  // The first half of a character, or 0.
  private char half;

  /** Takes the next piece; returns the whole characters up to now. */
  String next(String piece) {
    StringBuilder whole = new StringBuilder(piece.length() + 1);
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (half != 0) {
        if (Character.isLowSurrogate(c)) {
          whole.append(half).append(c);
          half = 0;
          continue;
        }
        whole.append(REPLACEMENT);
        half = 0;
      }
      if (Character.isHighSurrogate(c)) {
        half = c;
      } else {
        whole.append(Character.isLowSurrogate(c) ? REPLACEMENT : c);
      }
    }
    return whole.toString();
  }

  /** Returns what is left. */
  String end() {
    String left = half == 0 ? "" : String.valueOf(REPLACEMENT);
    half = 0;
    return left;
  }

  /** Returns a text without halves of characters. */
  static String of(String text) {
    WholeCharacters whole = new WholeCharacters();
    return whole.next(text) + whole.end();
  }
}
