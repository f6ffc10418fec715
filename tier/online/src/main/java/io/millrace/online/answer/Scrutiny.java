// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.core.spi.Retriever.Hit;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** Judges what the language model writes and remembers which passages it rests on. Confined to the request's thread. */
final class Scrutiny {

  private final Journey journey;
  private final Prompts.Prompt prompt;
  private final List<Hit> given;
  private final Function<Callable<Verdict>, Verdict> judge;
  private final List<Citation> citations = new ArrayList<>();
  private @Nullable Verdict worst;

  /**
   * Begins.
   *
   * @param given the hits that the prompt's numbers speak of
   * @param judge does a check within its deadline
   */
  Scrutiny(Journey journey, Prompts.Prompt prompt, List<Hit> given, Function<Callable<Verdict>, Verdict> judge) {
    this.journey = journey;
    this.prompt = prompt;
    this.given = given;
    this.judge = judge;
  }

  /** Returns what may go out of a sentence; it is held against the passages that it cites, or all if it cites none. */
  Optional<String> pass(String sentence) {
    String words = Markers.removed(sentence);
    if (words.isBlank()) {
      return Optional.of(sentence);
    }
    SortedSet<Integer> cited = Markers.of(sentence);
    cited.retainAll(prompt.numbers());
    List<Integer> held = cited.isEmpty() ? prompt.numbers() : List.copyOf(cited);
    List<String> evidence = held.stream().map(number -> given.get(number - 1).passage().text()).toList();
    Verdict verdict =
        judge.apply(() -> journey.guard().checkOutput(journey.question().text(), words, evidence));
    if (worst == null || verdict.decision().compareTo(worst.decision()) > 0) {
      worst = verdict;
    }
    if (verdict.decision() == Decision.QUOTE || verdict.decision() == Decision.REFUSE) {
      return Optional.empty();
    }
    cite(words, held, cited.isEmpty());
    return Optional.of(verdict.allowed() ? sentence : journey.guard().redact(sentence).text());
  }

  /** Returns the verdict on the worst sentence. */
  Verdict verdict() {
    return worst == null ? new Verdict(Decision.QUOTE, "output.empty", "the model wrote nothing", 1) : worst;
  }

  /** Returns the sources of what passed, by number. */
  List<Citation> citations() {
    return citations.stream().sorted(Comparator.comparingInt(Citation::number)).toList();
  }

  /** A sentence without markers rests on the passage that it shares most words with. */
  private void cite(String words, List<Integer> numbers, boolean closestOnly) {
    Comparator<Integer> closeness =
        Comparator.comparingDouble(number -> Excerpts.agreement(words, given.get(number - 1).passage().text()));
    List<Integer> chosen = closestOnly ? numbers.stream().max(closeness).stream().toList() : numbers;
    for (int number : chosen) {
      if (citations.stream().noneMatch(citation -> citation.number() == number)) {
        Hit hit = given.get(number - 1);
        String quote = Excerpts.closest(hit.passage().text(), words);
        citations.add(Citation.of(number, hit.passage(), quote, hit.score()).redacted(journey.guard()));
      }
    }
  }
}
