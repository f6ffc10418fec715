// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Cuts English and Chinese text into sentences; periods inside names and numbers do not end one. */
final class Clauses {

  private static final Pattern CLAUSE_END =
      Pattern.compile("[,:，、：]|\\b(?:and|but|or|if|when|while|because|unless|although|which)\\b|但是?|并且|而且|如果");

  private Clauses() {}

  /** Returns the sentences without surrounding white space, in order. */
  static List<String> sentences(String text) {
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

  /** Returns the clauses of a sentence: a denial in one does not reach into the next. */
  static List<String> of(String sentence) {
    List<String> clauses = new ArrayList<>();
    for (String clause : CLAUSE_END.split(sentence)) {
      add(clauses, clause);
    }
    return clauses;
  }

  private static void add(List<String> sentences, String sentence) {
    if (!sentence.isBlank()) {
      sentences.add(sentence.strip());
    }
  }
}
