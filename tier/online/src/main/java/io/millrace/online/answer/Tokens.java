// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

/** Counts what is billed where no tokenizer is involved: words, and Chinese characters one by one. */
public final class Tokens {

  private Tokens() {}

  /** Returns the number of words and Chinese characters of a text. */
  public static int count(CharSequence text) {
    int count = 0;
    boolean inWord = false;
    for (int i = 0; i < text.length(); ) {
      int c = Character.codePointAt(text, i);
      i += Character.charCount(c);
      boolean letter = Character.isLetterOrDigit(c);
      if (letter && Character.isIdeographic(c)) {
        count++;
        inWord = false;
      } else {
        count += letter && !inWord ? 1 : 0;
        inWord = letter;
      }
    }
    return count;
  }
}
