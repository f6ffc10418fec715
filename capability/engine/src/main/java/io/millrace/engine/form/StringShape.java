// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.Arrays;

/**
 * What counting rules for strings share: an automaton that reads characters and then the closing quote. In its first
 * state, and only there, as many characters as begun are complete.
 */
final class StringShape {
  /** Missing characters are written with tokens of so many at most, when a text must come to its end. */
  private static final int LONGEST_RUN = 16;

  private final Dfa automaton;
  private final boolean alive;
  /** Bytes that complete the character that is being read. */
  private final int[] missing;
  private int run = 1;

  /** A shape, bound to a vocabulary. */
  StringShape(Dfa automaton, Vocabulary vocabulary) {
    this.automaton = automaton;
    missing = new int[automaton.states()];
    Arrays.fill(missing, Rule.NEVER);
    missing[0] = 0;
    boolean changed = true;
    boolean closes = false;
    while (changed) {
      changed = false;
      for (int s = 0; s < automaton.states(); s++) {
        for (int b = 0; b < 256; b++) {
          int target = automaton.next(s, b);
          if (target >= 0 && vocabulary.writes(b)) {
            closes |= s == 0 && automaton.accepts(target);
            if (!automaton.accepts(target) && missing[target] + 1 < missing[s]) {
              missing[s] = missing[target] + 1;
              changed = true;
            }
          }
        }
      }
    }
    for (int s = 0; s < automaton.states(); s++) {
      missing[s] = automaton.accepts(s) ? 0 : missing[s];
    }
    alive = closes;
    if (closes) {
      CountedString any = new CountedString(this, 0, Expr.ANY_NUMBER);
      run = any.reach(0, vocabulary.memory(), vocabulary.trie()).groups().stream()
          .filter(group -> !group.ended() && group.cost() == 1).mapToInt(Reach.Group::rounds)
          .filter(rounds -> rounds <= LONGEST_RUN).max().orElse(1);
    }
  }

  Dfa automaton() {
    return automaton;
  }

  /** Tokens that complete the character that is being read, and close the string where it is not closed yet. */
  int cost(int state) {
    return automaton.accepts(state) ? 0 : alive ? Rule.add(missing[state], 1) : Rule.NEVER;
  }

  /** Tokens that write so many characters more. */
  int cost(int state, long characters) {
    return characters <= 0 ? 0 : (int) Math.min(characters / run + characters % run, Rule.NEVER);
  }
}
