// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.document;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Cuts English and Chinese prose at the ends of its sentences. */
public final class Sentences {

  /** Abbreviations after which a capital letter does not begin a sentence. */
  private static final Pattern ABBREVIATION =
      Pattern.compile("(?s)(?:.*[\\s(])?(?:e\\.g|i\\.e|cf|etc|vs|resp|approx|incl|No|Fig|Eq)\\.\\s*");

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

  private static void cut(String line, List<String> sentences) {
    BreakIterator ends = BreakIterator.getSentenceInstance(Locale.ROOT);
    ends.setText(line);
    int start = ends.first();
    for (int end = ends.next(); end != BreakIterator.DONE; end = ends.next()) {
      String sentence = line.substring(start, end);
      if (end < line.length() && ABBREVIATION.matcher(sentence).matches()) {
        continue;
      }
      String trimmed = sentence.strip();
      if (!trimmed.isEmpty()) {
        sentences.add(trimmed);
      }
      start = end;
    }
  }
}
