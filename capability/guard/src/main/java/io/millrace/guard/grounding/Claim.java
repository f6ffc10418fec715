// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A sentence that something must bear out.
 *
 * @param terms of the sentence
 * @param news those of them that the question did not say
 * @param question terms of the question
 */
record Claim(String text, List<Term> terms, List<Term> news, List<Term> question) {

  /** A term that the question said is worth so much of another one when a span is chosen. */
  private static final double GIVEN = 0.3;
  /** What a span must hold more, as a share, to be worth another sentence. */
  private static final double LENGTH = 0.05;
  /** Between spans that hold the same, the one that speaks of the question. */
  private static final double QUESTION = 0.1;

  static Claim of(String sentence, String question) {
    List<Term> terms = Terms.of(sentence);
    List<Term> asked = Terms.of(question);
    Set<String> given = Source.forms(asked);
    return new Claim(sentence, terms, terms.stream().filter(term -> !given.contains(term.form())).toList(), asked);
  }

  /**
   * A place in the sources.
   *
   * @param source which of them, from 0
   */
  record Place(int source, Source.Span span) {}

  /** Returns the span that holds most of this, the shortest of equals; nothing where no source has any. */
  Optional<Place> bestOf(List<Source> sources) {
    Set<String> novel = Source.forms(news);
    Place best = null;
    double most = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < sources.size(); i++) {
      for (Source.Span span : sources.get(i).spans()) {
        double score = held(span.forms(), novel) - LENGTH * (span.sentences() - 1);
        if (score > most) {
          most = score;
          best = new Place(i, span);
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private double held(Set<String> forms, Set<String> novel) {
    double all = 0;
    double held = 0;
    for (Term term : terms) {
      double weight = term.kind().weight() * (novel.contains(term.form()) ? 1 : GIVEN);
      all += weight;
      held += forms.contains(term.form()) ? weight : 0;
    }
    long asked = question.stream().filter(term -> forms.contains(term.form())).count();
    return (all == 0 ? 0 : held / all) + (question.isEmpty() ? 0 : QUESTION * asked / question.size());
  }

  /** Returns the forms of the news of a kind that are not among those held, in their order. */
  List<String> lacking(Term.Kind kind, Set<String> held) {
    List<String> lacking = new ArrayList<>();
    for (Term term : news) {
      if (term.kind() == kind && !held.contains(term.form())) {
        lacking.add(text.substring(term.start(), term.end()));
      }
    }
    return lacking.stream().distinct().toList();
  }
}
