// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.List;

/**
 * A part of a form that others call: an automaton over bytes, states being numbers of which 0 is the first. A text of
 * the form is read by a stack of rules, each called by the one below it.
 *
 * <p>Costs are numbers of tokens. A rule's cost in a state is that of one way to its end that is always open: each
 * state but the last has a token after which the cost is one less.
 */
abstract sealed class Rule permits Machine, Loop, Counted {
  /** The cost where the end cannot be reached. Sums of a few fit an int. */
  static final int NEVER = 1 << 28;

  /** Tokens that lead from this state to the end of the rule, what it calls included. */
  abstract int cost(int state);

  /** The state after a byte from 0 to 255, or -1 when it cannot stand here. */
  abstract int step(int state, int b);

  /** Whether the rule may end here. */
  abstract boolean accepts(int state);

  /** Whether the rule must end here. */
  abstract boolean ends(int state);

  /** Whether some byte can be read here, without a call. */
  abstract boolean reads(int state);

  /** The {@linkplain ByteCategory categories} of the bytes that can be read here. */
  abstract long firsts(int state);

  abstract List<Dfa.Call> calls(int state);

  /** Whether tokens without text may stand here. */
  boolean free() {
    return false;
  }

  /**
   * Walks the tokens below a node of the trie, beginning in this state with a byte; reports to the walk what it finds.
   */
  abstract void walk(Walk walk, int node, int state, Frame frame);

  /** What all tokens do in this state, from memory where it was asked before. */
  abstract Reach reach(int state, Memory memory, TokenTrie trie);

  /** The cost after a group's tokens, when they are read in this state; {@link #NEVER} when they cannot be. */
  abstract int cost(int state, Reach.Group group);

  /** Whether the rule may end after so many rounds of its loop, counted from this state. */
  abstract boolean leaves(int state, int rounds);

  static int add(int a, int b) {
    return Math.min(a + b, NEVER);
  }
}
