// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.ArrayList;
import java.util.List;

/** Cuts English and Chinese text into sentences; periods inside names and numbers do not end one. */
final class Sentences {

  private Sentences() {}

  /** Returns the sentences without surrounding white space, in order. */
  static List<String> of(String text) {
    List<String> sentences = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean last = i + 1 == text.length();
      boolean ends =
          "。！？；\n".indexOf(c) >= 0 || (".!?;".indexOf(c) >= 0 && (last || Character.isWhitespace(text.charAt(i + 1))));
      if (ends) {
        add(sentences, text.substring(from, i + 1));
        from = i + 1;
      }
    }
    add(sentences, text.substring(from));
    return sentences;
  }

  private static void add(List<String> sentences, String sentence) {
    if (!sentence.isBlank()) {
      sentences.add(sentence.strip());
    }
  }
}
