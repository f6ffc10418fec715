// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Sentences;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Finds the sentences of a passage that are worth quoting. Everything returned is a literal part of the passage. */
final class Excerpts {

  private static final int LONGEST = 360;

  /** Words that say nothing about what is asked. */
  private static final Set<String> EMPTY =
      Set.of(
          "a", "an", "and", "are", "be", "by", "can", "do", "does", "for", "from", "how", "i", "in", "is", "it", "its",
          "of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "which", "who", "why", "will", "with",
          "you");

  private Excerpts() {}

  /** Returns the sentences that a span lies in, as far as they form one piece of reasonable length. */
  static String around(String passage, int start, int end) {
    int from = start;
    int to = end;
    int cursor = 0;
    for (String sentence : Sentences.of(passage)) {
      int begin = passage.indexOf(sentence, cursor);
      cursor = begin + sentence.length();
      if (begin < end && cursor > start) {
        from = Math.min(from, begin);
        to = Math.max(to, cursor);
      }
    }
    return to - from <= LONGEST ? passage.substring(from, to).strip() : passage.substring(start, end).strip();
  }

  /** Returns the sentence that shares most words with a text; the later of two equal ones is the less likely title. */
  static String closest(String passage, String text) {
    Set<String> wanted = new HashSet<>(words(text));
    wanted.removeAll(EMPTY);
    String best = "";
    double bestScore = -1;
    List<String> sentences = Sentences.of(passage);
    for (int i = 0; i < sentences.size(); i++) {
      String sentence = sentences.get(i);
      Set<String> words = words(sentence);
      long shared = words.stream().filter(wanted::contains).count();
      // The square root keeps one-word titles from winning by density, and long lists from winning by mass.
      double score = (shared + 0.01) / Math.sqrt(words.size() + 4.0) * (i == 0 && sentences.size() > 1 ? 0.5 : 1);
      if (score >= bestScore) {
        bestScore = score;
        best = sentence;
      }
    }
    return clip(best);
  }

  /** Returns how much two texts say the same: shared words by words of the shorter one, from 0 to 1. */
  static double agreement(String one, String other) {
    Set<String> a = words(one);
    Set<String> b = words(other);
    if (a.isEmpty() || b.isEmpty()) {
      return 0;
    }
    long shared = a.stream().filter(b::contains).count();
    return shared / (double) Math.min(a.size(), b.size());
  }

  /** Returns words in lower case; Chinese counts by pairs of characters. */
  static Set<String> words(String text) {
    Set<String> words = new HashSet<>();
    StringBuilder word = new StringBuilder();
    int before = -1;
    for (int c : text.toLowerCase(Locale.ROOT).codePoints().toArray()) {
      boolean han = Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN;
      if (han && before >= 0) {
        words.add(Character.toString(before) + Character.toString(c));
      }
      if (Character.isLetterOrDigit(c) && !han) {
        word.appendCodePoint(c);
      } else if (!word.isEmpty()) {
        words.add(word.toString());
        word.setLength(0);
      }
      before = han ? c : -1;
    }
    if (!word.isEmpty()) {
      words.add(word.toString());
    }
    return words;
  }

  private static String clip(String sentence) {
    if (sentence.length() <= LONGEST) {
      return sentence;
    }
    int cut = sentence.lastIndexOf(' ', LONGEST);
    return sentence.substring(0, cut > LONGEST / 2 ? cut : LONGEST);
  }
}
