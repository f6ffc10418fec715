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
  private final byte[] kinds;
  private final int bytes;
  private final Map<Rule, Integer> columnOfRule = new LinkedHashMap<>();
  private final Map<Set, Integer> known = new HashMap<>();
  private final List<Set> sets = new ArrayList<>();

  private Subsets(Nfa nfa, Effort effort) {
    this.nfa = nfa;
    this.effort = effort;
    BitSet cuts = new BitSet(257);
    for (int s = 0; s < nfa.size(); s++) {
      for (Nfa.Edge edge : nfa.edges(s)) {
        if (edge.rule() == null) {
          cuts.set(edge.first());
          cuts.set(edge.last() + 1);
        }
      }
    }
    kinds = new byte[256];
    int kind = 0;
    for (int b = 0; b < 256; b++) {
      kind += b > 0 && cuts.get(b) ? 1 : 0;
      kinds[b] = (byte) kind;
    }
    bytes = kind + 1;
    for (int s = 0; s < nfa.size(); s++) {
      nfa.edges(s).stream().filter(edge -> edge.rule() != null)
          .forEach(edge -> columnOfRule.putIfAbsent(edge.rule(), bytes + columnOfRule.size()));
    }
  }

  /** The minimal deterministic automaton that reads the same. */
  static Dfa of(Nfa nfa, Effort effort) {
    Subsets subsets = new Subsets(nfa, effort);
    return subsets.build();
  }

  /** States of the other automaton, ascending. */
  private record Set(int[] states) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Set set && Arrays.equals(states, set.states);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(states);
    }
  }

  private Dfa build() {
    int columns = bytes + columnOfRule.size();
    Table table = new Table(columns);
    BitSet[] targets = new BitSet[columns];
    Arrays.setAll(targets, _ -> new BitSet());
    BitSet first = new BitSet();
    first.set(0);
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
            targets[column].set(edge.target());
          }
          effort.spend(1 + to - from);
        }
      }
      for (int column = 0; column < columns; column++) {
        if (!targets[column].isEmpty()) {
          row[column] = number(targets[column]);
          targets[column].clear();
        }
      }
    }
    return table.minimal(kinds, bytes, List.copyOf(columnOfRule.keySet()), effort);
  }

  /** The number of the set of all states that can be reached from these without reading. */
  private int number(BitSet states) {
    int[] work = states.stream().toArray();
    int open = work.length;
    while (open > 0) {
      for (int target : nfa.silent(work[--open])) {
        if (!states.get(target)) {
          states.set(target);
          work = open == work.length ? Arrays.copyOf(work, 2 * open + 8) : work;
          work[open++] = target;
        }
      }
    }
    // Those that read nothing tell no sets apart.
    Set set = new Set(states.stream().filter(s -> s == nfa.end() || !nfa.edges(s).isEmpty()).toArray());
    effort.spend(set.states.length);
    Integer number = known.putIfAbsent(set, sets.size());
    if (number == null) {
      sets.add(set);
      effort.states(sets.size());
      return sets.size() - 1;
    }
    return number;
  }
}
