// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rule that is a deterministic automaton, bound to a vocabulary. It is made in two steps, for rules call each other:
 * first its name, then what it reads. After that it is immutable.
 */
final class Machine extends Rule {
  private final String name;
  private final boolean free;

  private byte[] kinds = {};
  private int columns;
  private int[] next = {};
  private int[] costs = {};
  private boolean[] accepting = {};
  /** Whether something else than reading a byte is possible: ending or calling. */
  private boolean[] branches = {};
  private boolean[] reads = {};
  /** The categories of which every byte leads back to the state, where there is nothing else to do in it. */
  private long[] loops = {};
  private long[] firsts = {};
  private List<List<Dfa.Call>> calls = List.of();

  /**
   * A rule that reads nothing yet.
   *
   * @param name for messages
   * @param free whether tokens without text may stand anywhere in it
   */
  Machine(String name, boolean free) {
    this.name = name;
    this.free = free;
  }

  /**
   * Takes what is read.
   *
   * @param costs of each state
   */
  void bind(Dfa automaton, int[] costs) {
    int states = automaton.states();
    this.costs = costs;
    columns = automaton.columns();
    kinds = new byte[256];
    next = new int[states * columns];
    accepting = new boolean[states];
    branches = new boolean[states];
    reads = new boolean[states];
    Arrays.fill(next, -1);
    for (int b = 0; b < 256; b++) {
      kinds[b] = (byte) automaton.kind(b);
    }
    for (int s = 0; s < states; s++) {
      accepting[s] = automaton.accepts(s);
      for (int kind = 0; kind < columns; kind++) {
        int target = automaton.nextOfKind(s, kind);
        if (target >= 0 && costs[target] < NEVER) {
          next[s * columns + kind] = target;
          reads[s] = true;
        }
      }
    }
    calls = new ArrayList<>(states);
    for (int s = 0; s < states; s++) {
      calls.add(automaton.calls(s).stream().filter(call -> costs[call.next()] < NEVER).toList());
    }
  }

  /** Leaves out calls of rules that nobody can end, now that all costs are known. */
  void prune() {
    long[] categories = new long[columns];
    for (int b = 0; b < 256; b++) {
      categories[kinds[b] & 0xff] |= ByteCategory.bit(b);
    }
    loops = new long[calls.size()];
    firsts = new long[calls.size()];
    for (int s = 0; s < calls.size(); s++) {
      calls.set(s, calls.get(s).stream().filter(call -> call.rule().cost(0) < NEVER).toList());
      branches[s] = accepting[s] || !calls.get(s).isEmpty();
      long others = branches[s] ? ~0L : 0;
      for (int kind = 0; kind < columns; kind++) {
        int target = next[s * columns + kind];
        others |= target == s ? 0 : categories[kind];
        firsts[s] |= target < 0 ? 0 : categories[kind];
      }
      loops[s] = ~others;
    }
  }


  @Override
  int cost(int state) {
    return costs.length == 0 ? NEVER : costs[state];
  }

  @Override
  int step(int state, int b) {
    return next[state * columns + (kinds[b] & 0xff)];
  }

  @Override
  boolean accepts(int state) {
    return accepting[state];
  }

  @Override
  boolean ends(int state) {
    return accepting[state] && !reads[state] && calls.get(state).isEmpty();
  }

  @Override
  boolean reads(int state) {
    return reads[state];
  }

  @Override
  long firsts(int state) {
    return firsts[state];
  }

  @Override
  List<Dfa.Call> calls(int state) {
    return calls.get(state);
  }

  @Override
  boolean free() {
    return free;
  }

  @Override
  void walk(Walk walk, int node, int state, Frame frame) {
    // All in locals: the loop runs over some hundred thousand nodes.
    TokenTrie trie = walk.trie();
    byte[] labels = trie.labels;
    short[] depths = trie.depths;
    int[] ends = trie.ends;
    int[] first = trie.first;
    byte[] kindOf = kinds;
    int[] targets = next;
    int width = columns;
    int[] states = walk.states();
    states[depths[node]] = state;
    int cost = frame.cost();
    int end = ends[node];
    for (int n = node + 1; n < end;) {
      int depth = depths[n];
      int s = targets[states[depth - 1] * width + (kindOf[labels[n] & 0xff] & 0xff)];
      if (s < 0) {
        n = ends[n];
        continue;
      }
      if ((trie.below[n] & ~loops[s]) == 0) {
        if (first[n] < first[ends[n]]) {
          walk.allTokens(n, costs[s] + cost);
        }
        n = ends[n];
        continue;
      }
      states[depth] = s;
      if (first[n] < first[n + 1]) {
        walk.tokens(n, 0, false, costs[s] + cost);
      }
      if (branches[s] && ends[n] > n + 1) {
        walk.branch(n, this, s, frame);
      }
      n++;
    }
  }

  @Override
  Reach reach(int state, Memory memory, TokenTrie trie) {
    return memory.reach(this, state, () -> {
      Reach.Builder reach = new Reach.Builder(trie.size());
      Walk walk = new Walk(trie, reach);
      walk(walk, TokenTrie.ROOT, state, Frame.BASE);
      walk.run();
      return reach.build();
    });
  }

  @Override
  int cost(int state, Reach.Group group) {
    return group.cost();
  }

  @Override
  boolean leaves(int state, int rounds) {
    return true;
  }

  @Override
  public String toString() {
    return name;
  }
}
