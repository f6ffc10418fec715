// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes an automaton deterministic: its states are the sets of states in which the other one can be. */
final class Subsets {
  private final Nfa nfa;
  private final Effort effort;
  private final byte[] kinds = new byte[256];
  private final int bytes;
  private final Map<Rule, Integer> columnOfRule = new LinkedHashMap<>();

  private final Map<Set, Integer> known = new HashMap<>();
  private final List<Set> sets = new ArrayList<>();
  /** For each state the number of the set for which it was seen last. */
  private final int[] seen;
  private int[] found = new int[64];
  private int round;

  private Subsets(Nfa nfa, Effort effort) {
    this.nfa = nfa;
    this.effort = effort;
    seen = new int[nfa.size()];
    BitSet cuts = new BitSet(257);
    for (int s = 0; s < nfa.size(); s++) {
      for (Nfa.Edge edge : nfa.edges(s)) {
        if (edge.rule() == null) {
          cuts.set(edge.first());
          cuts.set(edge.last() + 1);
        }
      }
    }
    int kind = 0;
    for (int b = 0; b < 256; b++) {
      kind += b > 0 && cuts.get(b) ? 1 : 0;
      kinds[b] = (byte) kind;
    }
    bytes = kind + 1;
    for (int s = 0; s < nfa.size(); s++) {
      for (Nfa.Edge edge : nfa.edges(s)) {
        if (edge.rule() != null) {
          columnOfRule.putIfAbsent(edge.rule(), bytes + columnOfRule.size());
        }
      }
    }
  }

  /** The minimal deterministic automaton that reads the same. */
  static Dfa of(Nfa nfa, Effort effort) {
    Subsets subsets = new Subsets(nfa, effort);
    return subsets.build();
  }

  /** States of the other automaton, ascending. */
  private record Set(int[] states, int hash) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Set set && hash == set.hash && Arrays.equals(states, set.states);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  /** States that some states reach by what stands in one column, maybe several times. */
  private static final class Targets {
    private int[] states = new int[4];
    private int size;

    void add(int state) {
      states = size == states.length ? Arrays.copyOf(states, 2 * size) : states;
      states[size++] = state;
    }
  }

  private Dfa build() {
    int columns = bytes + columnOfRule.size();
    Table table = new Table(columns);
    Targets[] targets = new Targets[columns];
    Arrays.setAll(targets, _ -> new Targets());
    Targets first = new Targets();
    first.add(0);
    number(first);
    for (int at = 0; at < sets.size(); at++) {
      int[] row = table.add();
      for (int s : sets.get(at).states) {
        if (s == nfa.end()) {
          table.accept(at);
        }
        for (Nfa.Edge edge : nfa.edges(s)) {
          Integer called = edge.rule() == null ? null : columnOfRule.get(edge.rule());
          int from = called != null ? called : kinds[edge.first()] & 0xff;
          int to = called != null ? called : kinds[edge.last()] & 0xff;
          for (int column = from; column <= to; column++) {
            targets[column].add(edge.target());
          }
          effort.spend(1 + to - from);
        }
      }
      effort.spend(columns / 4);
      for (int column = 0; column < columns; column++) {
        if (targets[column].size > 0) {
          row[column] = number(targets[column]);
          targets[column].size = 0;
        }
      }
    }
    return table.minimal(kinds, bytes, List.copyOf(columnOfRule.keySet()), effort);
  }

  /** The number of the set of all states that can be reached from these without reading. */
  private int number(Targets from) {
    round++;
    int n = 0;
    for (int i = 0; i < from.size; i++) {
      n = see(from.states[i], n);
    }
    for (int i = 0; i < n; i++) {
      for (int target : nfa.silent(found[i])) {
        n = see(target, n);
      }
    }
    effort.spend(n);
    int kept = 0;
    for (int i = 0; i < n; i++) {
      if (found[i] == nfa.end() || !nfa.edges(found[i]).isEmpty()) { // others tell no sets apart
        found[kept++] = found[i];
      }
    }
    int[] states = Arrays.copyOf(found, kept);
    Arrays.sort(states);
    Set set = new Set(states, hash(states));
    Integer number = known.putIfAbsent(set, sets.size());
    if (number == null) {
      sets.add(set);
      effort.states(sets.size());
      return sets.size() - 1;
    }
    return number;
  }

  /** Sets differ by little in neighbouring numbers, for which the usual sum is the same too often. */
  private static int hash(int[] states) {
    long hash = states.length;
    for (int state : states) {
      hash = (hash ^ state) * 0x9e3779b97f4a7c15L;
      hash ^= hash >>> 29;
    }
    return (int) (hash ^ hash >>> 32);
  }

  private int see(int state, int n) {
    if (seen[state] == round) {
      return n;
    }
    seen[state] = round;
    found = n == found.length ? Arrays.copyOf(found, 2 * n) : found;
    found[n] = state;
    return n + 1;
  }
}
