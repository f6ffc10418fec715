// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** A deterministic automaton while it is made: a row of targets for each state; the first row is the first state's. */
final class Table {
  private final int columns;
  private final List<int[]> rows = new ArrayList<>();
  private final BitSet accepting = new BitSet();

  Table(int columns) {
    this.columns = columns;
  }

  /** A new state without edges; the row is to be filled. */
  int[] add() {
    int[] row = new int[columns];
    Arrays.fill(row, -1);
    rows.add(row);
    return row;
  }

  void accept(int state) {
    accepting.set(state);
  }

  /**
   * The smallest automaton that reads the same.
   *
   * @param kinds column of each byte
   * @param bytes number of columns for bytes; those behind are calls of the rules
   */
  Dfa minimal(byte[] kinds, int bytes, List<Rule> rules, Effort effort) {
    BitSet useful = useful();
    int[] block = Partition.of(rows, columns, accepting, useful, effort);
    int[] number = new int[rows.size()];
    Arrays.fill(number, -1);
    List<Integer> samples = new ArrayList<>();
    samples.add(0);
    if (useful.get(0)) {
      number[block[0]] = 0;
    }
    for (int s = 0; s < rows.size(); s++) {
      if (useful.get(s) && number[block[s]] < 0) {
        number[block[s]] = samples.size();
        samples.add(s);
      }
    }
    int states = samples.size();
    int[] next = new int[states * bytes];
    boolean[] accepts = new boolean[states];
    Dfa.Call[][] calls = new Dfa.Call[states][];
    for (int s = 0; s < states; s++) {
      int[] row = rows.get(samples.get(s));
      accepts[s] = accepting.get(samples.get(s));
      for (int column = 0; column < bytes; column++) {
        next[s * bytes + column] = target(row[column], useful, block, number);
      }
      List<Dfa.Call> made = new ArrayList<>();
      for (int column = bytes; column < columns; column++) {
        int target = target(row[column], useful, block, number);
        if (target >= 0) {
          made.add(new Dfa.Call(rules.get(column - bytes), target));
        }
      }
      calls[s] = made.toArray(Dfa.Call[]::new);
    }
    return new Dfa(kinds, bytes, next, accepts, calls);
  }

  private static int target(int state, BitSet useful, int[] block, int[] number) {
    return state >= 0 && useful.get(state) ? number[block[state]] : -1;
  }

  /** The states from which a text can be ended. */
  private BitSet useful() {
    int[] into = new int[rows.size() + 1];
    for (int[] row : rows) {
      for (int target : row) {
        if (target >= 0) {
          into[target + 1]++;
        }
      }
    }
    Arrays.parallelPrefix(into, Integer::sum);
    int[] sources = new int[into[rows.size()]];
    int[] at = into.clone();
    for (int s = 0; s < rows.size(); s++) {
      for (int target : rows.get(s)) {
        if (target >= 0) {
          sources[at[target]++] = s;
        }
      }
    }
    BitSet useful = (BitSet) accepting.clone();
    int[] open = Arrays.copyOf(accepting.stream().toArray(), rows.size() + 1);
    int n = accepting.cardinality();
    while (n > 0) {
      int s = open[--n];
      for (int i = into[s]; i < into[s + 1]; i++) {
        if (!useful.get(sources[i])) {
          useful.set(sources[i]);
          open[n++] = sources[i];
        }
      }
    }
    return useful;
  }
}
