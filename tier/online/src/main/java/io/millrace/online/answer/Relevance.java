// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Language;
import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Tells hits from mere neighbours: a search by meaning always returns the nearest passages, however far away they are,
 * and nearly every passage shares some word with a question. Where no hit has to do with the question, the right answer
 * is that the sources hold none.
 *
 * <p>The limits were read off the default domain's own questions and, on the other side, questions of everyday knowledge
 * (docs/lab-notes.md): they part all but a few of them.
 */
public final class Relevance {

  /** Words alone are given the benefit of the doubt: an inflection is enough to miss one. */
  private static final double UNJUDGED = 0.7;

  private Relevance() {}

  /**
   * Returns the hits, or none when not one of them has to do with the question.
   *
   * @param question as the memory was asked
   * @param hits all that it found
   */
  public static List<Hit> of(String question, List<Hit> hits) {
    Set<String> words = Excerpts.informative(question);
    return hits.stream().anyMatch(hit -> relevant(words, hit)) ? hits : List.of();
  }

  private static boolean relevant(Set<String> words, Hit hit) {
    Language language = hit.passage().language();
    boolean judged = false;
    for (Evidence evidence : hit.evidence()) {
      if (evidence.retriever().equals("name") || evidence.retriever().equals("dense") && evidence.raw() >= near(language)) {
        return true;
      }
      judged |= evidence.retriever().equals("dense");
    }
    Set<String> shared = new HashSet<>(Excerpts.words(hit.passage().textInContext()));
    shared.retainAll(words);
    return !shared.isEmpty() && shared.size() >= (judged ? 1 : UNJUDGED) * share(language) * words.size();
  }

  /** Cosine from which the embeddings of bge-small of this language speak of the same thing. */
  private static double near(Language language) {
    return switch (language) {
      case ENGLISH -> 0.62;
      case CHINESE -> 0.44;
    };
  }

  /** Share of a question's words that a passage must hold. Chinese counts pairs of characters, and many are grammar. */
  private static double share(Language language) {
    return switch (language) {
      case ENGLISH -> 0.6;
      case CHINESE -> 0.3;
    };
  }
}
