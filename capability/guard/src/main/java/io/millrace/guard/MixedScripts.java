// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.lang.Character.UnicodeScript;

/**
 * Counts words that mix Latin letters with look-alikes of another alphabet: nobody who types a question does so, see
 * the mixed-script detection of Unicode Technical Standard #39, section 5.1.
 */
final class MixedScripts {

  private static final int SHORTEST_WORD = 3;

  private MixedScripts() {}

  /** Returns the number of such words of at least three letters, so that {@code μs} and {@code λx} do not count. */
  static int words(String text) {
    int words = 0;
    int i = 0;
    while (i < text.length()) {
      int letters = 0;
      boolean latin = false;
      boolean lookalike = false;
      int c;
      while (i < text.length() && Character.isLetterOrDigit(c = text.codePointAt(i))) {
        i += Character.charCount(c);
        letters++;
        UnicodeScript script = UnicodeScript.of(c);
        latin |= script == UnicodeScript.LATIN;
        lookalike |=
            (script == UnicodeScript.CYRILLIC || script == UnicodeScript.GREEK || script == UnicodeScript.ARMENIAN)
                && Confusables.fold(c) != c;
      }
      words += letters >= SHORTEST_WORD && latin && lookalike ? 1 : 0;
      if (i < text.length()) {
        i += Character.charCount(text.codePointAt(i));
      }
    }
    return words;
  }
}
