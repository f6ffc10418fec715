// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard.grounding;

import java.util.ArrayList;
import java.util.List;

/** Tells whether a sentence says the opposite of a text, clause by clause: a denial in one does not reach into the next. */
final class Denial {

  private static final double SAME_STATEMENT = 0.6;

  private Denial() {}

  /** Returns the clauses of a text. */
  static List<Content> statements(String text) {
    List<Content> statements = new ArrayList<>();
    for (String sentence : Clauses.sentences(text)) {
      Clauses.of(sentence).forEach(clause -> statements.add(Content.of(clause)));
    }
    return statements;
  }

  /** Returns whether one of a sentence's clauses denies the statement that says nearly the same, or is denied by it. */
  static boolean contradicts(String sentence, List<Content> statements) {
    return Clauses.of(sentence).stream().anyMatch(clause -> contradicts(Content.of(clause), statements));
  }

  private static boolean contradicts(Content said, List<Content> statements) {
    Content nearest = null;
    double most = 0;
    for (Content statement : statements) {
      double shared = overlap(said, statement);
      if (shared > most) {
        most = shared;
        nearest = statement;
      }
    }
    return nearest != null && most >= SAME_STATEMENT && nearest.negations() % 2 != said.negations() % 2;
  }

  private static double overlap(Content said, Content statement) {
    int size = said.words().size() + said.identifiers().size();
    if (size < 2) {
      return 0;
    }
    long shared =
        said.words().stream().filter(statement.words()::contains).count()
            + said.identifiers().stream().filter(statement.identifiers()::contains).count();
    // A long statement may deny something else; it must not say much more than the sentence does.
    int other = statement.words().size() + statement.identifiers().size();
    return (double) shared / Math.max(size, other / 2.0);
  }
}
