// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Passage;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.settings.EvidencePlace;
import io.millrace.memory.TextHash;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** A part of a corpus in which questions are still hard: their evidence, others of the same pages, and any others. */
final class Excerpt {
  private Excerpt() {}

  /**
   * Takes all evidence; as many others of its pages as fill half of what is left, and passages of other pages. Which ones is
   * left to their hashes, so it is the same ones each time.
   *
   * @param size how many in all, if there are so many
   * @return in the order of the corpus
   */
  static List<Passage> of(List<Passage> corpus, DomainQuestions questions, int size) {
    List<DomainQuestion> answerable = questions.questions().stream().filter(DomainQuestion::answerable).toList();
    Set<String> pages = answerable.stream().flatMap(question -> question.evidence().stream())
        .map(EvidencePlace::document).collect(Collectors.toSet());
    Set<String> taken = new HashSet<>();
    corpus.stream().filter(passage -> pages.contains(passage.documentId()))
        .filter(passage -> answerable.stream().anyMatch(question -> question.answeredBy(passage)))
        .forEach(passage -> taken.add(passage.id()));
    List<Passage> rest = corpus.stream().filter(passage -> !taken.contains(passage.id()))
        .sorted(Comparator.comparing((Passage passage) -> TextHash.of(passage)).thenComparing(Passage::id)).toList();
    int near = Math.max(0, (size - taken.size()) / 2);
    rest.stream().filter(passage -> pages.contains(passage.documentId())).limit(near).forEach(passage -> taken.add(passage.id()));
    rest.stream().filter(passage -> !pages.contains(passage.documentId()))
        .limit(Math.max(0, size - taken.size())).forEach(passage -> taken.add(passage.id()));
    return corpus.stream().filter(passage -> taken.contains(passage.id())).toList();
  }
}
