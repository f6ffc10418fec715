// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.util.BytesRef;

import java.util.HashMap;
import java.util.Map;

/**
 * English words with which one asks, as against those that say what for. The search engine's own list of stop words is short,
 * since a passage may be about any word; in a question, "I am interested in articles on" says nothing, rare as "articles" may be.
 */
final class AskingWords {
  private static final String FUNCTION_WORDS =
      """
      i me my we our us you your he his she her they them their it its this that these those am is are was were be been being
      have has had having do does did doing what which who whom whose when where why how can could may might shall should will
      would a an the and or but if then else than as of at by for with about to from there here anyone someone etc eg ie
      """;

  /** Those that hardly name what a page is about: "find" and "write" would be such words elsewhere, but not in a library's. */
  private static final String REQUESTS =
      """
      interested interest interesting want wanted need article articles paper papers literature material materials information
      describe describes described describing description descriptions discuss discusses discussed discussing discussion
      discussions deal deals dealing dealt concerning concerned regarding relating related relate particular particularly
      especially rather mention mentioned subtopics topic topics please help know known anybody
      """;

  /** What a word of a request weighs: some are sought all the same. */
  private static final double REQUEST_WEIGHT = 0.4;

  /** Not nothing: somebody may ask for SQL's where, or for the WHO. Those that the analyzer drops are no terms at all. */
  private static final double FUNCTION_WEIGHT = 0.2;

  /** By words as the analyzer leaves them. */
  private final Map<BytesRef, Double> weights = new HashMap<>();

  AskingWords(LatinAnalyzer analyzer) {
    QuestionTerms.of(analyzer, REQUESTS).forEach(term -> weights.put(term.bytes(), REQUEST_WEIGHT));
    QuestionTerms.of(analyzer, FUNCTION_WORDS).forEach(term -> weights.put(term.bytes(), FUNCTION_WEIGHT));
  }

  /** Returns how much a word says of what is sought: 1 for nearly all. */
  double weight(BytesRef stem) {
    return weights.getOrDefault(stem, 1.0);
  }
}
