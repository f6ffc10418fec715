// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.Arrays;

/**
 * What counting rules share: an automaton that reads one round after another, and maybe something that ends the last.
 * No round is the beginning of another, so that in the first state, and only there, all rounds that were begun are
 * complete.
 */
final class Cycle {
  /** Missing rounds are written with tokens of so many at most, when a text must come to its end. */
  private static final int LONGEST_RUN = 16;

  private final Dfa automaton;
  private final boolean closed;
  private final boolean alive;
  /** Bytes that complete the round that is being read. */
  private final int[] missing;
  /** The categories of bytes that can be read. */
  private final long[] firsts;
  /** Tokens that write a round. */
  private int round;
  /** The most rounds that one token writes, if that is known. */
  private int run;

  /**
   * A cycle, bound to a vocabulary.
   *
   * @param automaton of the rounds, and of the end if there is one
   * @param closed whether there is an end; then only what has it is complete
   */
  Cycle(Dfa automaton, boolean closed, Vocabulary vocabulary) {
    this.automaton = automaton;
    this.closed = closed;
    firsts = new long[automaton.states()];
    missing = new int[automaton.states()];
    Arrays.fill(missing, Rule.NEVER);
    missing[0] = 0;
    boolean changed = true;
    boolean closes = !closed;
    while (changed) {
      changed = false;
      for (int s = 0; s < automaton.states(); s++) {
        for (int b = 0; b < 256; b++) {
          int target = automaton.next(s, b);
          if (target >= 0) {
            firsts[s] |= ByteCategory.bit(b);
          }
          if (target >= 0 && vocabulary.writes(b)) {
            closes |= s == 0 && ended(target);
            if (!ended(target) && missing[target] + 1 < missing[s]) {
              missing[s] = missing[target] + 1;
              changed = true;
            }
          }
        }
      }
    }
    alive = closes;
    round = Rule.NEVER;
    for (int b = 0; b < 256; b++) {
      int target = automaton.next(0, b);
      if (target >= 0 && vocabulary.writes(b) && !ended(target)) {
        round = Math.min(round, 1 + missing[target]);
      }
    }
  }

  /** Finds how many rounds a token can write, so that many missing ones cost less. */
  void measure(Vocabulary vocabulary) {
    for (Reach.Group group
        : new Counted(this, 0, Expr.ANY_NUMBER).reach(0, vocabulary.memory(), vocabulary.trie()).groups()) {
      boolean complete = !group.ended() && group.cost() == cost(0);
      round = complete && group.rounds() == 1 ? 1 : round;
      run = complete && group.rounds() <= LONGEST_RUN ? Math.max(run, group.rounds()) : run;
    }
  }

  Dfa automaton() {
    return automaton;
  }

  boolean closed() {
    return closed;
  }

  /** Whether the end has been read. */
  boolean ended(int state) {
    return closed && automaton.accepts(state);
  }

  long firsts(int state) {
    return firsts[state];
  }

  /** Tokens that complete the round that is being read, and write the end where there must be one. */
  int cost(int state) {
    return ended(state) ? 0 : alive ? Rule.add(missing[state], closed ? 1 : 0) : Rule.NEVER;
  }

  /** Tokens that write so many rounds more. */
  int costOfRounds(long rounds) {
    if (rounds <= 0) {
      return 0;
    }
    return (int) Math.min(run == 0 ? rounds * round : rounds / run + rounds % run * round, Rule.NEVER);
  }
}
