// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.function.Predicate;

/**
 * What a text has, seen in one pass: most texts have nothing that a secret could be made of, and need not be searched
 * by every pattern.
 *
 * @param text the text itself
 * @param digits how many ASCII digits it has
 * @param longestWord its longest run without white space, in characters
 */
record Traits(String text, int digits, int longestWord) {

  static Traits of(String text) {
    int digits = 0;
    int longest = 0;
    int run = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      digits += c >= '0' && c <= '9' ? 1 : 0;
      run = c <= ' ' ? 0 : run + 1;
      longest = Math.max(longest, run);
    }
    return new Traits(text, digits, longest);
  }

  /** At least so many digits, wherever they stand. */
  static Predicate<Traits> digits(int least) {
    return traits -> traits.digits >= least;
  }

  /** A word of at least so many characters. */
  static Predicate<Traits> word(int least) {
    return traits -> traits.longestWord >= least;
  }

  /** Literally this. */
  static Predicate<Traits> literal(String part) {
    return traits -> traits.text.contains(part);
  }

  /** Something that ties a name to a value. */
  static boolean assigns(Traits traits) {
    String text = traits.text;
    for (int i = 0; i < text.length(); i++) {
      if (":=：>是为".indexOf(text.charAt(i)) >= 0) {
        return true;
      }
    }
    return text.contains(" is") || text.contains(" was");
  }
}
