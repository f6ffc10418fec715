// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import org.apache.lucene.util.BytesRef;

import java.util.HashSet;
import java.util.Set;

/**
 * English words with which one asks, as against those that say what for. The search engine's own list of stop words is short,
 * since a passage may be about any word; in a question, "I am interested in articles on" says nothing, rare as "articles" may be.
 */
final class AskingWords {
  private static final String FUNCTION_WORDS =
      """
      i me my we our us you your he his she her they them their it its this that these those am is are was were be been being
      have has had having do does did doing done what which who whom whose when where why how can could may might must shall
      should will would a an the and or but if then else than as of at by for with about against between into through during
      before after above below to from up down in out on off over under again further here there all any both each few more most
      other some such no nor not only own same so too very just also either neither one ones anyone someone anything something
      everything etc eg ie
      """;

  private static final String REQUESTS =
      """
      interested interest interesting like want wanted need looking look seek find finding found list lists give show tell
      describe describes described describing description descriptions discuss discusses discussed discussing discussion
      discussions deal deals dealing dealt concerning concerned regarding relating related relate article articles paper papers
      abstract abstracts literature material materials information known exist exists existing available particular particularly
      especially special rather see write written writing writes mention mentioned subject subtopics topic topics please help know
      anybody attempt attempts question questions possible possibly example examples include includes including included
      """;

  /** As the analyzer leaves them. */
  private final Set<BytesRef> stems = new HashSet<>();

  AskingWords(LatinAnalyzer analyzer) {
    QuestionTerms.of(analyzer, FUNCTION_WORDS + REQUESTS).forEach(term -> stems.add(term.bytes()));
  }

  boolean contains(BytesRef stem) {
    return stems.contains(stem);
  }
}
