// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.spi.Retriever.Hit;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The answer of last resort: the best sources in their own words, and that this is what they are. */
final class Quoting {

  private static final int SOURCES = 3;
  /** A hit with less than this share of the best one's score is not worth a place in a short answer. */
  private static final double WORTH = 0.4;

  private Quoting() {}

  /**
   * Quotes the best hits.
   *
   * @param opening what is said before the quotations
   */
  static Draft of(String opening, String question, Phrases phrases, List<Hit> hits) {
    StringBuilder text = new StringBuilder(opening);
    List<Citation> citations = new ArrayList<>();
    List<String> evidence = new ArrayList<>();
    double best = hits.isEmpty() ? 0 : hits.getFirst().score();
    for (int i = 0; i < hits.size() && citations.size() < SOURCES; i++) {
      Hit hit = hits.get(i);
      if (i > 0 && hit.score() < WORTH * best) {
        break;
      }
      String quote = Excerpts.closest(hit.passage().text(), question);
      int number = citations.size() + 1;
      text.append("\n\n").append(phrases.quoted(quote)).append(" [").append(number).append(']');
      citations.add(Citation.of(number, hit.passage(), quote, hit.score()));
      evidence.add(hit.passage().text());
    }
    return new Draft(
        Mode.QUOTE, null, text.toString(), opening.length(), citations, evidence, Tokens.count(question), Tokens.count(text), Finish.STOP);
  }

  /** Says that the sources hold no answer, and names the nearest pages: a person may see more in them. */
  static Draft nearest(Phrases phrases, String question, List<Hit> hits) {
    StringBuilder text = new StringBuilder(phrases.nothing());
    List<Citation> citations = new ArrayList<>();
    Set<String> named = new HashSet<>();
    for (Hit hit : hits) {
      if (citations.size() < SOURCES && named.add(hit.passage().documentId())) {
        int number = citations.size() + 1;
        text.append(number == 1 ? "\n\n" + phrases.nearest() : "").append("\n- ")
            .append(PassageLinks.title(hit.passage())).append(" [").append(number).append(']');
        citations.add(Citation.of(number, hit.passage(), Excerpts.closest(hit.passage().text(), question), hit.score()));
      }
    }
    return new Draft(
        Mode.NONE, null, text.toString(), text.length(), citations, List.of(), Tokens.count(question), Tokens.count(text),
        Finish.STOP);
  }
}
