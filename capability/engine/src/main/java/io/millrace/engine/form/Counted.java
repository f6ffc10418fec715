// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.List;

/**
 * A rule that reads between so many rounds of a cycle, such as the characters of a JSON string up to its closing quote.
 * A state is that of the cycle's automaton and the count; walks are the same for all counts, so they are remembered
 * with the cycle, by rounds.
 */
final class Counted extends Rule {
  /** Beyond this states would not fit an int; no answer has so many characters. */
  private static final int MOST = 1_000_000;

  private final Cycle cycle;
  private final Dfa automaton;
  private final int states;
  private final int least;
  private final int most;

  /**
   * Rounds of a cycle.
   *
   * @param most {@link Expr#ANY_NUMBER} for no bound
   */
  Counted(Cycle cycle, int least, int most) {
    if (least > MOST) {
      throw new Effort.TooLarge("at least " + least + " characters are more than any answer has");
    }
    this.cycle = cycle;
    automaton = cycle.automaton();
    states = automaton.states();
    this.least = least;
    this.most = Math.min(most, MOST);
  }

  private int count(int state) {
    return state / states;
  }

  private boolean within(long count) {
    return count >= least && (most == Expr.ANY_NUMBER || count <= most);
  }

  @Override
  int cost(int state) {
    return cost(state % states, count(state));
  }

  private int cost(int q, int count) {
    int begun = q == 0 || cycle.ended(q) ? 0 : 1;
    return Rule.add(cycle.cost(q), cycle.costOfRounds((long) least - count - begun));
  }

  @Override
  int step(int state, int b) {
    int q = automaton.next(state % states, b);
    int count = count(state);
    if (q < 0 || cycle.cost(q) >= NEVER) {
      return -1;
    }
    if (cycle.ended(q)) {
      return count >= least ? q + count * states : -1;
    }
    if (most != Expr.ANY_NUMBER && count >= most) {
      return -1;
    }
    return q + (q == 0 ? next(count) : count) * states;
  }

  private int next(int count) {
    return most == Expr.ANY_NUMBER ? Math.min(count + 1, least) : count + 1;
  }

  @Override
  boolean accepts(int state) {
    int q = state % states;
    return cycle.closed() ? cycle.ended(q) : q == 0 && count(state) >= least;
  }

  @Override
  boolean ends(int state) {
    return accepts(state) && !reads(state);
  }

  @Override
  boolean reads(int state) {
    return !cycle.ended(state % states) && (cycle.closed() || most == Expr.ANY_NUMBER || count(state) < most);
  }

  @Override
  long firsts(int state) {
    return reads(state) ? cycle.firsts(state % states) : 0;
  }

  @Override
  List<Dfa.Call> calls(int state) {
    return List.of();
  }

  @Override
  void walk(Walk walk, int node, int state, Frame frame) {
    TokenTrie trie = walk.trie();
    int[] reached = walk.states();
    int depth = trie.depth(node);
    reached[depth] = state;
    int end = trie.end(node);
    for (int n = node + 1; n < end;) {
      depth = trie.depth(n);
      int s = step(reached[depth - 1], trie.label(n));
      if (s < 0) {
        n = trie.end(n);
        continue;
      }
      if (trie.hasTokens(n)) {
        walk.tokens(n, 0, false, cost(s) + frame.cost());
      }
      if (accepts(s) && trie.hasChildren(n)) {
        walk.leave(n, 0, frame);
      }
      reached[depth] = s;
      n++;
    }
  }

  @Override
  Reach reach(int state, Memory memory, TokenTrie trie) {
    int q = state % states;
    return memory.reach(cycle, q, () -> {
      Reach.Builder reach = new Reach.Builder(trie.size());
      walkAnyNumber(new Walk(trie, reach), q);
      return reach.build();
    });
  }

  /** All tokens, without regard to bounds, with the rounds that they take. */
  private void walkAnyNumber(Walk walk, int first) {
    TokenTrie trie = walk.trie();
    int[] reached = walk.states();
    int[] rounds = walk.counts();
    reached[0] = first;
    rounds[0] = 0;
    int end = trie.end(TokenTrie.ROOT);
    for (int n = 1; n < end;) {
      int depth = trie.depth(n);
      int q = automaton.next(reached[depth - 1], trie.label(n));
      if (q < 0 || cycle.cost(q) >= NEVER) {
        n = trie.end(n);
        continue;
      }
      boolean ended = cycle.ended(q);
      int complete = rounds[depth - 1] + (q == 0 ? 1 : 0);
      if (trie.hasTokens(n)) {
        walk.tokens(n, complete + (q == 0 || ended ? 0 : 1), ended, cycle.cost(q));
      }
      if ((cycle.closed() ? ended : q == 0) && trie.hasChildren(n)) {
        walk.leave(n, complete, Frame.BASE);
      }
      reached[depth] = q;
      rounds[depth] = complete;
      n++;
    }
  }

  @Override
  int cost(int state, Reach.Group group) {
    long after = (long) count(state) + group.rounds();
    if (most != Expr.ANY_NUMBER && after > most || group.ended() && after < least) {
      return NEVER;
    }
    return Rule.add(group.cost(), cycle.costOfRounds(least - after));
  }

  @Override
  boolean leaves(int state, int rounds) {
    return within((long) count(state) + rounds);
  }

  @Override
  public String toString() {
    return "rounds{" + least + "," + (most == Expr.ANY_NUMBER ? "" : most) + "}";
  }
}
