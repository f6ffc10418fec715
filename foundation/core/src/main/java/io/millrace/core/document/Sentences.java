// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Cuts English and Chinese prose at the ends of its sentences. */
public final class Sentences {

  /** Abbreviations after which a capital letter does not begin a sentence. */
  private static final Set<String> ABBREVIATIONS =
      Set.of("e.g.", "i.e.", "cf.", "etc.", "vs.", "resp.", "approx.", "incl.", "No.", "Fig.", "Eq.");

  private Sentences() {}

  /**
   * Returns the sentences in order, without the white space around them. A line's end ends a sentence as well. Each
   * one is a literal part of the text.
   */
  public static List<String> of(String text) {
    List<String> sentences = new ArrayList<>();
    for (String line : text.split("\n")) {
      cut(line, sentences);
    }
    return sentences;
  }

  /** Returns where the sentences stand, in order. */
  public static List<TextSpan> spans(String text) {
    List<TextSpan> spans = new ArrayList<>();
    int cursor = 0;
    for (String sentence : of(text)) {
      int start = text.indexOf(sentence, cursor);
      cursor = start + sentence.length();
      spans.add(new TextSpan(start, cursor));
    }
    return spans;
  }

  /** Returns the first sentence; empty when there is none. */
  public static String first(String text) {
    for (int start = 0; start < text.length(); ) {
      int end = text.indexOf('\n', start);
      end = end < 0 ? text.length() : end;
      List<String> sentences = new ArrayList<>();
      cut(text.substring(start, end), sentences);
      if (!sentences.isEmpty()) {
        return sentences.getFirst();
      }
      start = end + 1;
    }
    return "";
  }

  private static void cut(String line, List<String> sentences) {
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
    ends.setText(line);
    int start = ends.first();
    for (int end = ends.next(); end != BreakIterator.DONE; end = ends.next()) {
      String sentence = line.substring(start, end);
      if (end < line.length() && endsInAbbreviation(sentence)) {
        continue;
      }
      String trimmed = sentence.strip();
      if (!trimmed.isEmpty()) {
        sentences.add(trimmed);
      }
      start = end;
    }
  }

  private static boolean endsInAbbreviation(String sentence) {
    String bare = sentence.stripTrailing();
    int start = Math.max(bare.lastIndexOf(' '), bare.lastIndexOf('(')) + 1;
    return ABBREVIATIONS.contains(bare.substring(start));
  }
}
