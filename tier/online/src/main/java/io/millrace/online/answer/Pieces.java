// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import java.util.ArrayList;
import java.util.List;

/** Cuts a finished text into pieces for a stream: a line or a few words each, together the text. */
final class Pieces {

  private static final int LONGEST = 48;

  private Pieces() {}

  static List<String> of(String text) {
    List<String> pieces = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean surrogate = Character.isHighSurrogate(c);
      if (c == '\n' || (i - start >= LONGEST && (c == ' ' || Character.isIdeographic(c)) && !surrogate)) {
        pieces.add(text.substring(start, i + 1));
        start = i + 1;
      }
    }
    if (start < text.length()) {
      pieces.add(text.substring(start));
    }
    return pieces;
  }
}
