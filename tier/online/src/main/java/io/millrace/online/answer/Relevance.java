// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.spi.Retriever.Evidence;
import io.millrace.core.spi.Retriever.Hit;

import java.util.List;
import java.util.Set;

/**
 * Tells hits from mere neighbours: a search by meaning always returns the nearest passages, however far away they
 * are. A hit counts when its words match or its meaning is near.
 */
final class Relevance {

  /** Cosine from which bge-small embeddings speak of the same thing; unrelated texts of one field lie around 0.5. */
  private static final double NEAR = 0.6;

  private Relevance() {}

  /** Returns the hits, or none when not one of them has to do with the question. */
  static List<Hit> of(String question, List<Hit> hits) {
    Set<String> words = Excerpts.words(question);
    return hits.stream().anyMatch(hit -> relevant(words, hit)) ? hits : List.of();
  }

  private static boolean relevant(Set<String> words, Hit hit) {
    for (Evidence evidence : hit.evidence()) {
      if (evidence.retriever().equals("dense") ? evidence.raw() >= NEAR : evidence.raw() > 0) {
        return true;
      }
    }
    return Excerpts.words(hit.passage().textInContext()).stream().anyMatch(words::contains);
  }
}
