// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.answer;

import io.millrace.core.spi.Guard.Decision;
import io.millrace.core.spi.Guard.Verdict;
import io.millrace.core.spi.Retriever.Hit;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final List<String> evidence = new ArrayList<>();
  // By rank among the hits.
  private final Map<Integer, Integer> numbers = new HashMap<>();
  // The last sentence that passed, for markers that stand alone after it.
  private String said = "";
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
      return Optional.of(renumbered(sentence));
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
    said = words;
    String marked = renumbered(sentence);
    if (cited.isEmpty()) {
      held.stream().max(closeness(words)).ifPresent(this::cite);
    }
    return Optional.of(verdict.allowed() ? marked : journey.guard().redact(marked).text());
  }

  /** Returns the verdict on the worst sentence. */
  Verdict verdict() {
    return worst == null ? new Verdict(Decision.QUOTE, "output.empty", "the model wrote nothing", 1) : worst;
  }

  /** Returns the sources of what passed, by number. */
  List<Citation> citations() {
    return List.copyOf(citations);
  }

  /** Returns the texts of the sources of what passed, by number. */
  List<String> evidence() {
    return List.copyOf(evidence);
  }

  /** The model speaks of the passages by their ranks, the answer counts those that it uses; unknown ones go. */
  private String renumbered(String sentence) {
    return Markers.renumbered(sentence, rank -> prompt.numbers().contains(rank) ? cite(rank) : 0);
  }

  /** A sentence without markers rests on the passage that it shares most words with. */
  private Comparator<Integer> closeness(String words) {
    return Comparator.comparingDouble(rank -> Excerpts.agreement(words, given.get(rank - 1).passage().text()));
  }

  /** Returns the number of a passage in the answer. */
  private int cite(int rank) {
    return numbers.computeIfAbsent(
        rank,
        first -> {
          Hit hit = given.get(first - 1);
          String quote = Excerpts.closest(hit.passage().text(), said);
          int number = citations.size() + 1;
          evidence.add(hit.passage().text());
          citations.add(Citation.of(number, hit.passage(), quote, hit.score()).redacted(journey.guard()));
          return number;
        });
  }
}
