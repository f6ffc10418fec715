// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Parts the states of an automaton into those that no text tells apart, by splitting blocks with the smaller half each
 * (Hopcroft, An n log n Algorithm for Minimizing States in a Finite Automaton, 1971). Missing edges stay missing, as in
 * Valmari and Lehtinen, Efficient Minimization of DFAs with Partial Transition Functions, 2008; so the work follows the
 * edges that there are.
 */
final class Partition {
  private final int n;
  private final int[] elements;
  private final int[] place;
  private final int[] block;
  private final int[] first;
  private final int[] end;
  /** Members of a block that have been moved to its front. */
  private final int[] marked;
  private final Deque<Integer> work = new ArrayDeque<>();
  private int blocks;

  /** Edges by target: those into state s are from {@code into[s]} to {@code into[s + 1]}. */
  private final int[] into;
  private final int[] sources;
  private final int[] columns;

  private Partition(List<int[]> rows, BitSet useful) {
    n = rows.size();
    elements = new int[n];
    place = new int[n];
    block = new int[n];
    first = new int[n];
    end = new int[n];
    marked = new int[n];
    into = new int[n + 1];
    for (int s = useful.nextSetBit(0); s >= 0; s = useful.nextSetBit(s + 1)) {
      for (int target : rows.get(s)) {
        if (target >= 0 && useful.get(target)) {
          into[target + 1]++;
        }
      }
    }
    Arrays.parallelPrefix(into, Integer::sum);
    sources = new int[into[n]];
    columns = new int[into[n]];
    int[] at = into.clone();
    for (int s = useful.nextSetBit(0); s >= 0; s = useful.nextSetBit(s + 1)) {
      int[] row = rows.get(s);
      for (int column = 0; column < row.length; column++) {
        int target = row[column];
        if (target >= 0 && useful.get(target)) {
          sources[at[target]] = s;
          columns[at[target]++] = column;
        }
      }
    }
  }

  /**
   * The block of each useful state; those of other states mean nothing.
   *
   * @param rows for each state its targets, by column
   * @param useful states from which a text can be ended
   */
  static int[] of(List<int[]> rows, int columns, BitSet accepting, BitSet useful, Effort effort) {
    effort.spend((long) columns * rows.size() / 8);
    Partition partition = new Partition(rows, useful);
    partition.start(accepting, useful);
    partition.refine(columns, effort);
    return partition.block;
  }

  private void start(BitSet accepting, BitSet useful) {
    int n0 = 0;
    int n1 = useful.cardinality();
    int all = n1;
    for (int s = useful.nextSetBit(0); s >= 0; s = useful.nextSetBit(s + 1)) {
      int at = accepting.get(s) ? --n1 : n0++;
      elements[at] = s;
      place[s] = at;
    }
    open(0, n1);
    open(n1, all);
  }

  private void open(int from, int to) {
    if (from < to) {
      first[blocks] = from;
      end[blocks] = to;
      for (int i = from; i < to; i++) {
        block[elements[i]] = blocks;
      }
      work.add(blocks++);
    }
  }

  private void refine(int width, Effort effort) {
    int[][] buckets = new int[width][4];
    int[] sizes = new int[width];
    int[] used = new int[width];
    int[] touched = new int[n];
    while (!work.isEmpty()) {
      int splitter = work.poll();
      int open = 0;
      for (int e = first[splitter]; e < end[splitter]; e++) {
        for (int i = into[elements[e]]; i < into[elements[e] + 1]; i++) {
          int column = columns[i];
          if (sizes[column] == 0) {
            used[open++] = column;
          }
          if (sizes[column] == buckets[column].length) {
            buckets[column] = Arrays.copyOf(buckets[column], 2 * sizes[column]);
          }
          buckets[column][sizes[column]++] = sources[i];
        }
      }
      for (int u = 0; u < open; u++) {
        int column = used[u];
        int hit = 0;
        for (int i = 0; i < sizes[column]; i++) {
          hit = mark(buckets[column][i], touched, hit);
        }
        for (int i = 0; i < hit; i++) {
          split(touched[i]);
        }
        effort.spend(sizes[column]);
        sizes[column] = 0;
      }
    }
  }

  private int mark(int state, int[] touched, int hit) {
    int b = block[state];
    int front = first[b] + marked[b];
    int at = place[state];
    int other = elements[front];
    elements[front] = state;
    place[state] = front;
    elements[at] = other;
    place[other] = at;
    if (marked[b]++ == 0) {
      touched[hit] = b;
      return hit + 1;
    }
    return hit;
  }

  private void split(int b) {
    int middle = first[b] + marked[b];
    marked[b] = 0;
    if (middle == end[b]) {
      return;
    }
    int fresh = blocks++;
    boolean frontIsSmaller = middle - first[b] <= end[b] - middle;
    first[fresh] = frontIsSmaller ? first[b] : middle;
    end[fresh] = frontIsSmaller ? middle : end[b];
    if (frontIsSmaller) {
      first[b] = middle;
    } else {
      end[b] = middle;
    }
    for (int i = first[fresh]; i < end[fresh]; i++) {
      block[elements[i]] = fresh;
    }
    // If the other half still waits, both do now; if not, the smaller one is enough.
    work.add(fresh);
  }
}
