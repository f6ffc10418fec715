// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.List;

/**
 * A rule that calls another so many times. Its states count the calls; without an upper bound no further than the
 * lower.
 */
final class Loop extends Rule {
  private final Machine body;
  private final int least;
  private final int most;

  /** A loop whose body reads at least one byte each time. */
  Loop(Machine body, int least, int most) {
    this.body = body;
    this.least = least;
    this.most = most;
  }

  Machine body() {
    return body;
  }

  int least() {
    return least;
  }

  @Override
  int cost(int state) {
    return (int) Math.min((long) Math.max(0, least - state) * body.cost(0), NEVER);
  }

  @Override
  int step(int state, int b) {
    return -1;
  }

  @Override
  boolean accepts(int state) {
    return state >= least;
  }

  @Override
  boolean ends(int state) {
    return state == most || state >= least && body.cost(0) >= NEVER;
  }

  @Override
  boolean reads(int state) {
    return false;
  }

  @Override
  long firsts(int state) {
    return 0;
  }

  @Override
  List<Dfa.Call> calls(int state) {
    if (state == most || body.cost(0) >= NEVER) {
      return List.of();
    }
    return List.of(new Dfa.Call(body, most == Expr.ANY_NUMBER ? Math.min(state + 1, least) : state + 1));
  }

  @Override
  void walk(Walk walk, int node, int state, Frame frame) {}

  @Override
  Reach reach(int state, Memory memory, TokenTrie trie) {
    return Reach.NOTHING;
  }

  @Override
  int cost(int state, Reach.Group group) {
    return NEVER;
  }

  @Override
  boolean leaves(int state, int rounds) {
    return false;
  }

  @Override
  public String toString() {
    return body + "{" + least + "," + (most == Expr.ANY_NUMBER ? "" : most) + "}";
  }
}
