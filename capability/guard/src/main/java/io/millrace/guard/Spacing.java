// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Closes letter spacing: {@code i g n o r e   a l l} and {@code i-g-n-o-r-e} become words again. Where the spaces
 * between the words are lost too, the letters are cut into words of the attacker's vocabulary, longest first.
 */
final class Spacing {

  private static final int SHORTEST_RUN = 4;

  private static final Set<String> VOCABULARY =
      Set.of(
          "ignore", "disregard", "forget", "override", "bypass", "all", "any", "of", "the", "your", "my", "our", "previous",
          "prior", "above", "earlier", "initial", "original", "instruction", "instructions", "rules", "rule",
          "guidelines", "prompt", "prompts", "system", "hidden", "secret", "reveal", "show", "me", "tell", "print",
          "repeat", "output", "display", "what", "is", "are", "you", "now", "dan", "do", "anything", "act", "as",
          "pretend", "to", "be", "developer", "mode", "jailbreak", "restrictions", "filters", "safety", "no",
          "without", "and", "password", "how", "make", "build", "a", "bomb", "everything", "said", "told", "were",
          "for", "with", "new", "follow", "these", "in", "from", "start", "enable", "unrestricted");

  private static final int LONGEST_WORD = VOCABULARY.stream().mapToInt(String::length).max().orElse(0);

  private Spacing() {}

  /** Returns the text with letter spacing closed; the text itself where there is none. */
  static String close(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      int end = runEnd(text, i);
      if (end > i) {
        out.append(join(text, i, end));
        i = end;
      } else {
        out.append(text.charAt(i++));
      }
    }
    return out.toString();
  }

  /** Returns where a run of single characters with separators between them ends; {@code from} where none begins. */
  private static int runEnd(String text, int from) {
    if (!isLetter(text.charAt(from)) || (from > 0 && isLetter(text.charAt(from - 1)))) {
      return from;
    }
    int letters = 1;
    int end = from + 1;
    while (true) {
      int next = end;
      int separators = 0;
      while (next < text.length() && separators < 4 && isSeparator(text.charAt(next))) {
        next++;
        separators++;
      }
      boolean single =
          separators > 0
              && next < text.length()
              && isLetter(text.charAt(next))
              && (next + 1 == text.length() || !isLetter(text.charAt(next + 1)));
      if (!single) {
        return letters >= SHORTEST_RUN ? end : from;
      }
      letters++;
      end = next + 1;
    }
  }

  private static String join(String text, int from, int end) {
    StringBuilder words = new StringBuilder();
    StringBuilder word = new StringBuilder();
    int separators = 0;
    for (int i = from; i < end; i++) {
      char c = text.charAt(i);
      if (!isLetter(c)) {
        separators++;
        continue;
      }
      if (separators > 1) {
        words.append(String.join(" ", segment(word.toString()))).append(' ');
        word.setLength(0);
      }
      separators = 0;
      word.append(c);
    }
    return words.append(String.join(" ", segment(word.toString()))).toString();
  }

  private static List<String> segment(String letters) {
    List<String> words = new ArrayList<>();
    StringBuilder unknown = new StringBuilder();
    int i = 0;
    while (i < letters.length()) {
      int length = Math.min(LONGEST_WORD, letters.length() - i);
      while (length > 0 && !VOCABULARY.contains(letters.substring(i, i + length))) {
        length--;
      }
      if (length == 0) {
        unknown.append(letters.charAt(i++));
        continue;
      }
      if (!unknown.isEmpty()) {
        words.add(unknown.toString());
        unknown.setLength(0);
      }
      words.add(letters.substring(i, i + length));
      i += length;
    }
    if (!unknown.isEmpty()) {
      words.add(unknown.toString());
    }
    return words;
  }

  private static boolean isLetter(char c) {
    return Character.isLetterOrDigit(c) || c == '@' || c == '$';
  }

  private static boolean isSeparator(char c) {
    return c == ' ' || c == '.' || c == '-' || c == '_' || c == '*' || c == '/' || c == '|' || c == ',' || c == '\u00a0';
  }
}
