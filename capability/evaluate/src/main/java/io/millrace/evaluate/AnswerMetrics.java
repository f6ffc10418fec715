// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Exact match and token F1 of a given answer against acceptable ones (Rajpurkar et al. 2016, arXiv:1606.05250), with
 * every Han character a token, as for CMRC 2018 (Cui et al. 2019, arXiv:1810.07366). Case, punctuation and English
 * articles do not count.
 */
public final class AnswerMetrics {

  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  private AnswerMetrics() {}

  /** Returns 1 when the answer equals an acceptable one, else 0; with none acceptable, 1 when it is empty. */
  public static double exactMatch(String answer, Collection<String> acceptable) {
    List<String> tokens = tokens(answer);
    if (acceptable.isEmpty()) {
      return tokens.isEmpty() ? 1 : 0;
    }
    return acceptable.stream().anyMatch(other -> tokens.equals(tokens(other))) ? 1 : 0;
  }

  /** Returns the best F1 over the acceptable answers, from 0 to 1; with none acceptable, 1 when it is empty. */
  public static double f1(String answer, Collection<String> acceptable) {
    List<String> tokens = tokens(answer);
    if (acceptable.isEmpty()) {
      return tokens.isEmpty() ? 1 : 0;
    }
    return acceptable.stream().mapToDouble(other -> f1(tokens, tokens(other))).max().orElse(0);
  }

  /** Returns the tokens that count: lower-case words and numbers, single Han characters. */
  public static List<String> tokens(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    List<String> tokens = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < folded.length(); ) {
      int c = folded.codePointAt(i);
      i += Character.charCount(c);
      boolean han = Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN;
      if (Character.isLetterOrDigit(c) && !han) {
        word.appendCodePoint(c);
        continue;
      }
      end(word, tokens);
      if (han) {
        tokens.add(Character.toString(c));
      }
    }
    end(word, tokens);
    return tokens;
  }

  private static void end(StringBuilder word, List<String> tokens) {
    if (!word.isEmpty() && !ARTICLES.contains(word.toString())) {
      tokens.add(word.toString());
    }
    word.setLength(0);
  }

  private static double f1(List<String> given, List<String> wanted) {
    if (given.isEmpty() || wanted.isEmpty()) {
      return given.equals(wanted) ? 1 : 0;
    }
    Map<String, Integer> counts = new HashMap<>();
    wanted.forEach(token -> counts.merge(token, 1, Integer::sum));
    int shared = 0;
    for (String token : given) {
      int left = counts.getOrDefault(token, 0);
      if (left > 0) {
        counts.put(token, left - 1);
        shared++;
      }
    }
    return shared == 0 ? 0 : 2.0 * shared / (given.size() + wanted.size());
  }
}
