// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.spi.Reader;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How well a reader answers, as in SQuAD 2 (Rajpurkar et al. 2018): an unanswerable question counts as right when the
 * reader does not answer. Text is compared word by word, Chinese character by character, without case, punctuation and
 * English articles.
 *
 * @param count questions
 * @param exactMatch part answered word for word, in [0, 1]
 * @param f1 mean overlap of words, in [0, 1]
 * @param answerableF1 the same over questions that have an answer
 * @param unansweredAccuracy part of the questions without answer that were left unanswered; 1 if there were none
 */
public record ReaderScore(
    int count, double exactMatch, double f1, double answerableF1, double unansweredAccuracy) {
  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  /** Measures a reader on questions, each with its own passage. */
  public static ReaderScore of(SpanReader reader, List<SpanExample> examples) {
    List<Reader.Span> spans = reader.readEach(examples);
    List<String> given = new ArrayList<>();
    for (int i = 0; i < spans.size(); i++) {
      var span = spans.get(i);
      given.add(span.answered() ? examples.get(i).passage().substring(span.start(), span.end()) : "");
    }
    return of(given, examples);
  }

  /** Measures given answers, "" where none was given. */
  public static ReaderScore of(List<String> given, List<SpanExample> examples) {
    double exact = 0;
    double f1 = 0;
    double answerableF1 = 0;
    double silent = 0;
    int answerable = 0;
    for (int i = 0; i < examples.size(); i++) {
      SpanExample example = examples.get(i);
      List<String> expected = expected(example);
      String said = given.get(i);
      double bestF1 = f1(said, example);
      exact += expected.stream().anyMatch(answer -> words(answer).equals(words(said))) ? 1 : 0;
      f1 += bestF1;
      if (example.answered()) {
        answerable++;
        answerableF1 += bestF1;
      } else if (said.isEmpty()) {
        silent++;
      }
    }
    int count = examples.size();
    int unanswerable = count - answerable;
    return new ReaderScore(count, exact / Math.max(1, count), f1 / Math.max(1, count),
        answerableF1 / Math.max(1, answerable), unanswerable == 0 ? 1 : silent / unanswerable);
  }

  private static List<String> expected(SpanExample example) {
    return example.answered() ? example.answers() : List.of("");
  }

  /** The overlap of words with the answer that fits best; 1 where "" was given and expected. */
  static double f1(String given, SpanExample example) {
    List<String> said = words(given);
    return expected(example).stream().mapToDouble(answer -> f1(said, words(answer))).max().orElse(0);
  }

  /** Words of letters and digits; each Han character is one. */
  static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    text.toLowerCase(Locale.ROOT).codePoints().forEach(c -> {
      boolean han = Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN;
      if (!Character.isLetterOrDigit(c) || han) {
        flush(word, words);
      }
      if (han) {
        words.add(Character.toString(c));
      } else if (Character.isLetterOrDigit(c)) {
        word.appendCodePoint(c);
      }
    });
    flush(word, words);
    return words;
  }

  private static void flush(StringBuilder word, List<String> words) {
    if (!word.isEmpty() && !ARTICLES.contains(word.toString())) {
      words.add(word.toString());
    }
    word.setLength(0);
  }

  private static double f1(List<String> given, List<String> expected) {
    if (given.isEmpty() || expected.isEmpty()) {
      return given.isEmpty() && expected.isEmpty() ? 1 : 0;
    }
    Map<String, Integer> left = new HashMap<>();
    expected.forEach(word -> left.merge(word, 1, Integer::sum));
    long common = given.stream().filter(word -> left.merge(word, -1, Integer::sum) >= 0).count();
    return 2.0 * common / (given.size() + expected.size());
  }
}
