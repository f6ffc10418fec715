// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.document.Sentences;
import io.millrace.core.document.TextSpan;
import io.millrace.core.spi.Guard;
import io.millrace.core.spi.Guard.Support;
import io.millrace.core.time.Deadline;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.stream.IntStream;

/** Ties each sentence of an answer to the words of the passages it cites that bear it out best. */
final class SentenceEvidence {

  private final Guard guard;
  private final String question;
  private final Draft draft;

  private SentenceEvidence(Guard guard, String question, Draft draft) {
    this.guard = guard;
    this.question = question;
    this.draft = draft;
  }

  /**
   * Looks for the evidence of an answer that is about to go out, or went out; what the gateway says in its own words has none.
   *
   * @param draft as it is shown
   * @param deadline sentences that are not reached by then are left out
   */
  static List<Sentence> of(Guard guard, String question, Draft draft, Deadline deadline) {
    return draft.evidence().isEmpty() ? List.of() : new SentenceEvidence(guard, question, draft).sentences(deadline);
  }

  private List<Sentence> sentences(Deadline deadline) {
    String text = draft.text();
    // Markers would be sentences of their own where they stand after a full stop.
    String words = Markers.blanked(text);
    List<TextSpan> spans = Sentences.spans(words);
    List<Sentence> sentences = new ArrayList<>();
    for (int i = 0; i < spans.size() && !deadline.expired(); i++) {
      TextSpan span = spans.get(i);
      if (span.start() >= draft.ownWords()) {
        int next = i + 1 < spans.size() ? spans.get(i + 1).start() : text.length();
        sentences.add(sentence(span, span.of(words), cited(text.substring(span.start(), next))));
      }
    }
    return sentences;
  }

  /** Returns which of the citations a sentence rests on, from 0: those that it names, or else all. */
  private List<Integer> cited(String sentence) {
    SortedSet<Integer> numbers = Markers.of(sentence);
    List<Integer> named = IntStream.range(0, draft.evidence().size())
        .filter(i -> numbers.contains(draft.citations().get(i).number())).boxed().toList();
    return named.isEmpty() ? IntStream.range(0, draft.evidence().size()).boxed().toList() : named;
  }

  private Sentence sentence(TextSpan span, String words, List<Integer> cited) {
    Support support = guard.support(question, words, cited.stream().map(draft.evidence()::get).toList());
    Sentence.Evidence evidence = null;
    if (support.source() >= 0) {
      int place = cited.get(support.source());
      Citation citation = draft.citations().get(place);
      evidence = new Sentence.Evidence(
          citation.number(), citation.passage(), citation.document(), citation.url(), support.start(), support.end(),
          quote(draft.evidence().get(place), new TextSpan(support.start(), support.end())));
    }
    return new Sentence(
        span.start(), span.end(), Sentence.verdict(support.bearing()), Math.round(support.score() * 1e4) / 1e4,
        guard.redact(support.reason()).text(), evidence);
  }

  /** A secret that is cut by the span is not known for one in the part that is left, so such words are not shown. */
  private String quote(String passage, TextSpan span) {
    boolean cut = guard.redact(passage).findings().stream()
        .anyMatch(each -> each.start() < span.end() && each.end() > span.start()
            && (each.start() < span.start() || each.end() > span.end()));
    return cut ? "" : guard.redact(span.of(passage)).text();
  }
}
