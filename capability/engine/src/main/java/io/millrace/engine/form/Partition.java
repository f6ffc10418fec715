// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;

/**
 * Parts the states of an automaton into those that no text tells apart, by splitting blocks with the smaller half each
 * (Hopcroft, An n log n Algorithm for Minimizing States in a Finite Automaton, 1971).
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
  private final boolean[] waiting;
  private final Deque<Integer> work = new ArrayDeque<>();
  private int blocks;

  private Partition(int n) {
    this.n = n;
    elements = new int[n];
    place = new int[n];
    block = new int[n];
    first = new int[n];
    end = new int[n];
    marked = new int[n];
    waiting = new boolean[n];
  }

  /**
   * The block of each state.
   *
   * @param useful other states count as one that is left by no edge, as do missing targets
   */
  static int[] of(List<int[]> rows, int columns, BitSet accepting, BitSet useful, Effort effort) {
    int sink = rows.size();
    Partition partition = new Partition(sink + 1);
    partition.start(accepting);
    effort.spend((long) columns * sink / 4);
    int[][] into = new int[columns][];
    int[][] sources = new int[columns][];
    for (int c = 0; c < columns; c++) {
      into[c] = new int[sink + 2];
      for (int s = 0; s <= sink; s++) {
        into[c][target(rows, useful, s, c) + 1]++;
      }
      for (int s = 0; s <= sink; s++) {
        into[c][s + 1] += into[c][s];
      }
      sources[c] = new int[sink + 1];
      int[] at = Arrays.copyOf(into[c], sink + 1);
      for (int s = 0; s <= sink; s++) {
        sources[c][at[target(rows, useful, s, c)]++] = s;
      }
    }
    partition.refine(into, sources, effort);
    return partition.block;
  }

  private static int target(List<int[]> rows, BitSet useful, int state, int column) {
    int target = state == rows.size() || !useful.get(state) ? -1 : rows.get(state)[column];
    return target < 0 || !useful.get(target) ? rows.size() : target;
  }

  private void start(BitSet accepting) {
    int n0 = 0;
    int n1 = n;
    for (int s = 0; s < n; s++) {
      int at = accepting.get(s) ? --n1 : n0++;
      elements[at] = s;
      place[s] = at;
    }
    blocks = 0;
    open(0, n1);
    open(n1, n);
  }

  private void open(int from, int to) {
    if (from < to) {
      first[blocks] = from;
      end[blocks] = to;
      for (int i = from; i < to; i++) {
        block[elements[i]] = blocks;
      }
      waiting[blocks] = true;
      work.add(blocks++);
    }
  }

  private void refine(int[][] into, int[][] sources, Effort effort) {
    int[] touched = new int[n];
    while (!work.isEmpty()) {
      int splitter = work.poll();
      waiting[splitter] = false;
      int[] members = Arrays.copyOfRange(elements, first[splitter], end[splitter]);
      for (int c = 0; c < into.length; c++) {
        int hit = 0;
        for (int member : members) {
          for (int i = into[c][member]; i < into[c][member + 1]; i++) {
            hit = mark(sources[c][i], touched, hit);
          }
        }
        effort.spend(members.length / 4);
        for (int i = 0; i < hit; i++) {
          split(touched[i]);
        }
      }
    }
  }

  private int mark(int state, int[] touched, int hit) {
    int b = block[state];
    int front = first[b] + marked[b];
    if (place[state] >= front) {
      int other = elements[front];
      int at = place[state];
      elements[front] = state;
      place[state] = front;
      elements[at] = other;
      place[other] = at;
      if (marked[b]++ == 0) {
        touched[hit++] = b;
      }
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
    // A block that waits is replaced by both halves; of another the smaller half is enough.
    waiting[fresh] = true;
    work.add(fresh);
  }
}
