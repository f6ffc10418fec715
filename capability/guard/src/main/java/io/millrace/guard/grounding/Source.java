// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import io.millrace.core.document.Sentences;
import io.millrace.core.document.TextSpan;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A passage, read once to be compared with sentences.
 *
 * @param forms of all its terms
 * @param spans what a sentence may rest on: one sentence, or two that follow each other
 */
record Source(String text, Set<String> forms, List<Span> spans) {

  /**
   * A span of a passage.
   *
   * @param sentences how many it is made of
   * @param terms in their order
   */
  record Span(TextSpan range, int sentences, List<Term> terms, Set<String> forms) {}

  static Source of(String text) {
    List<Term> terms = Terms.of(text);
    List<TextSpan> sentences = Sentences.spans(text);
    List<Span> spans = new ArrayList<>();
    for (int i = 0; i < sentences.size(); i++) {
      spans.add(span(sentences.get(i), 1, terms));
      if (i + 1 < sentences.size()) {
        spans.add(span(new TextSpan(sentences.get(i).start(), sentences.get(i + 1).end()), 2, terms));
      }
    }
    return new Source(text, forms(terms), spans);
  }

  private static Span span(TextSpan range, int sentences, List<Term> terms) {
    List<Term> held = terms.stream().filter(term -> term.start() >= range.start() && term.end() <= range.end()).toList();
    return new Span(range, sentences, held, forms(held));
  }

  static Set<String> forms(List<Term> terms) {
    return terms.stream().map(Term::form).collect(Collectors.toUnmodifiableSet());
  }
}
