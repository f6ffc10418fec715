// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

/** Reads digits and signs inside words as the letters that they look like: {@code 1gn0r3} as {@code ignore}. */
final class Leetspeak {

  private static final char[] BOTH = {'i', 'l'};
  private static final char[] ANY = {'i'};

  private Leetspeak() {}

  /** Returns how the digit one may be read in this text: as an i and, where it occurs, also as an l. */
  static char[] readingsOfOne(String text) {
    return text.indexOf('1') >= 0 || text.indexOf('!') >= 0 || text.indexOf('|') >= 0 ? BOTH : ANY;
  }

  /** Returns whether at least a third of the words have such signs between letters, which no identifier text has. */
  static boolean isHeavy(String text) {
    int words = 0;
    int odd = 0;
    for (String word : text.split(" ")) {
      int letters = 0;
      int signs = 0;
      for (int i = 0; i < word.length(); i++) {
        char c = word.charAt(i);
        letters += c >= 'a' && c <= 'z' ? 1 : 0;
        signs += i + 1 < word.length() && letter(c, 'i') != c ? 1 : 0;
      }
      words += letters > 0 || signs > 1 ? 1 : 0;
      odd += letters > 0 && signs > 0 ? 1 : 0;
    }
    return odd >= 3 && odd * 3 >= words;
  }

  /** Returns the text with such signs replaced in each word that also has letters. */
  static String fold(String text, char one) {
    StringBuilder out = new StringBuilder(text.length());
    int from = 0;
    while (from < text.length()) {
      int to = from;
      int letters = 0;
      while (to < text.length() && text.charAt(to) != ' ') {
        char c = text.charAt(to++);
        letters += c >= 'a' && c <= 'z' ? 1 : 0;
      }
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        // A sign at the end of a word is punctuation; numbers without letters are numbers.
        boolean inside = i + 1 < to || Character.isDigit(c);
        out.append(letters > 0 && inside ? letter(c, one) : c);
      }
      if (to < text.length()) {
        out.append(' ');
      }
      from = to + 1;
    }
    return out.toString();
  }

  private static char letter(char c, char one) {
    return switch (c) {
      case '0' -> 'o';
      case '1', '!', '|' -> one;
      case '3', '€' -> 'e';
      case '4', '@' -> 'a';
      case '5', '$' -> 's';
      case '6' -> 'g';
      case '7', '+' -> 't';
      case '8' -> 'b';
      case '9' -> 'g';
      default -> c;
    };
  }
}
