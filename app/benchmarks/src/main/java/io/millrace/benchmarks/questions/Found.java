// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Embedder;
import io.millrace.core.spi.Retriever.Hit;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.evaluate.EvidenceRanks;
import io.millrace.guard.grounding.Answerability;
import io.millrace.memory.Judging;
import io.millrace.memory.PassageIndex;
import io.millrace.memory.Rerankers;
import io.millrace.memory.SearchSettings;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one way of searching found for each question.
 *
 * @param hits by the question's id, best first
 */
record Found(Map<String, List<Hit>> hits) {

  /** As many as the gateway asks for, since whether anything is relevant is judged by all of them. */
  private static final int HITS = 12;

  static Found by(SearchSettings settings, Path index, Map<Language, Embedder> embedders, DomainQuestions questions) {
    return by(settings, index, embedders, Rerankers.NONE, questions);
  }

  static Found by(
      SearchSettings settings, Path index, Map<Language, Embedder> embedders, Rerankers rerankers, DomainQuestions questions) {
    Map<String, List<Hit>> hits = new HashMap<>();
    try (PassageIndex open =
        new PassageIndex(index, embedders, settings, MemoryBudget.NONE.vectors(), InstantSource.system(), Judging.PLAIN.with(rerankers))) {
      for (DomainQuestion question : questions.questions()) {
        hits.put(question.id(), open.search(Query.of(question.question(), HITS, Access.EVERYTHING).answering()).hits());
      }
    }
    return new Found(hits);
  }

  EvidenceRanks ranks(List<DomainQuestion> questions) {
    return new EvidenceRanks(questions.stream().map(this::rank).toList());
  }

  /** The share of these questions to which the gateway would say that the sources hold no answer. */
  double refused(List<DomainQuestion> questions) {
    return questions.stream().mapToDouble(question -> refused(question) ? 1 : 0).average().orElse(0);
  }

  /** What is wrong with what was found, for people; empty when nothing is. */
  Optional<String> fault(DomainQuestion question, int depth) {
    if (!question.answerable()) {
      return refused(question) ? Optional.empty() : Optional.of("not in the sources, but answered from " + first(question));
    }
    int rank = rank(question);
    if (refused(question)) {
      return Optional.of("in the sources, but said not to be");
    }
    return rank > 0 && rank <= depth ? Optional.empty() : Optional.of("its evidence is not among " + depth + ", the first is " + first(question));
  }

  private boolean refused(DomainQuestion question) {
    return !Answerability.of(question.question(), found(question)).answerable();
  }

  private int rank(DomainQuestion question) {
    return EvidenceRanks.of(question, found(question).stream().map(Hit::passage).toList());
  }

  private String first(DomainQuestion question) {
    if (found(question).isEmpty()) {
      return "nothing";
    }
    Passage passage = found(question).getFirst().passage();
    return passage.documentId() + "#" + passage.anchor();
  }

  private List<Hit> found(DomainQuestion question) {
    return hits.getOrDefault(question.id(), List.of());
  }
}
