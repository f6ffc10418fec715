// SPDX-License-Identifier: Apache-2.0
package io.millrace.evaluate;

import io.millrace.evaluate.Bootstrap.Estimate;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What answering a set of questions was worth.
 *
 * @param exactMatch over the answerable questions
 * @param f1 token F1 over the answerable questions
 * @param noAnswer share of the unanswerable questions for which no answer was given; NaN without such questions
 * @param grounded share of all questions with a right answer (F1 of at least one half, or rightly none) whose words
 *     stand in the passage that it cites
 * @param outcomes one a question, in the order given
 */
public record AnswerScores(
    Estimate exactMatch, Estimate f1, Estimate noAnswer, Estimate grounded, List<Outcome> outcomes) {

  private static final double RIGHT = 0.5;

  /**
   * What came of one question.
   *
   * @param id of the question
   * @param answer that was given; empty for none
   * @param answerable whether there was one
   * @param exactMatch 0 or 1
   * @param f1 from 0 to 1
   * @param grounded whether the answer was right and its words stand in the cited passage
   */
  public record Outcome(
      String id, String answer, boolean answerable, double exactMatch, double f1, boolean grounded) {

    boolean right() {
      return f1 >= RIGHT;
    }
  }

  /** Sums up several sets of questions as if they were one. */
  public static AnswerScores pooled(List<AnswerScores> parts, long seed) {
    return of(parts.stream().flatMap(part -> part.outcomes.stream()).toList(), seed);
  }

  /** Sums up outcomes. */
  static AnswerScores of(List<Outcome> outcomes, long seed) {
    return new AnswerScores(
        Bootstrap.mean(outcomes.stream().filter(Outcome::answerable).mapToDouble(Outcome::exactMatch).toArray(), seed),
        Bootstrap.mean(outcomes.stream().filter(Outcome::answerable).mapToDouble(Outcome::f1).toArray(), seed),
        Bootstrap.mean(outcomes.stream().filter(o -> !o.answerable()).mapToDouble(Outcome::f1).toArray(), seed),
        Bootstrap.mean(outcomes.stream().mapToDouble(o -> o.grounded() ? 1 : 0).toArray(), seed),
        List.copyOf(outcomes));
  }

  /** Returns the figures by name, with their 95 % intervals, as the registry keeps them; without empty ones. */
  public Map<String, Double> asMap() {
    Map<String, Double> scores = new TreeMap<>();
    put(scores, "exactMatch", exactMatch);
    put(scores, "f1", f1);
    put(scores, "noAnswerAccuracy", noAnswer);
    put(scores, "groundedAccuracy", grounded);
    scores.put("questions", (double) outcomes.size());
    return scores;
  }

  private static void put(Map<String, Double> scores, String name, Estimate estimate) {
    if (estimate.count() > 0) {
      scores.put(name, estimate.mean());
      scores.put(name + ".low", estimate.low());
      scores.put(name + ".high", estimate.high());
    }
  }
}
