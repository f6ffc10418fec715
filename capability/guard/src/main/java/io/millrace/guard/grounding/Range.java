// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Sentences;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a text.
 *
 * @param start first character
 * @param end one past the last character
 */
record Range(int start, int end) {

  /** Returns the sentences of a text, in order, without the white space around them. */
  static List<Range> sentences(String text) {
    List<Range> sentences = new ArrayList<>();
    int cursor = 0;
    for (String sentence : Sentences.of(text)) {
      int start = text.indexOf(sentence, cursor);
      cursor = start + sentence.length();
      sentences.add(new Range(start, cursor));
    }
    return sentences;
  }

  String of(String text) {
    return text.substring(start, end);
  }
}
