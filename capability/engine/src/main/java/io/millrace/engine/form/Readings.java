// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;

/** All ways to read a text so far; most forms leave one or two. Immutable. */
final class Readings {
  /**
   * An ambiguous grammar is followed on so many ways at most, those that are ended soonest; what is read stays valid.
   */
  private static final int MOST = 256;
  private static final int MOST_RESUMED = 4 * MOST;
  private static final int MOST_CALLED = 64 * MOST;
  /**
   * Deeper than this a text may not nest at will: only what leads to its end is written. Readers stop at some depth.
   */
  private static final int DEEPEST = 200;

  private final List<Position> positions;
  private volatile @Nullable List<Position> expanded;

  private Readings(List<Position> positions) {
    this.positions = positions;
  }

  /** Before the first byte of a form. */
  static Readings start(Rule root) {
    return new Readings(List.of(new Position(root, 0, Frame.END)));
  }

  /** These ways and those that calling and ending rules make of them. */
  List<Position> expanded() {
    List<Position> known = expanded;
    if (known == null) {
      known = expand(positions);
      expanded = known;
    }
    return known;
  }

  /** First the rules that go on when others end, then those that are called: these read something before they end. */
  private static List<Position> expand(List<Position> positions) {
    Set<Position> found = new LinkedHashSet<>(positions);
    List<Position> open = new ArrayList<>(positions);
    for (int i = 0; i < open.size() && found.size() < MOST_RESUMED; i++) {
      Position position = open.get(i);
      Frame frame = position.frame();
      if (position.rule().accepts(position.state()) && !frame.isBottom()) {
        Position after = new Position(frame.rule(), frame.state(), frame.below());
        if (found.add(after)) {
          open.add(after);
        }
      }
    }
    // The sooner ended go first where not all may be followed.
    Queue<Position> callers = open.size() < MOST ? new ArrayDeque<>()
        : new PriorityQueue<>(Comparator.comparingInt(Position::cost));
    callers.addAll(open);
    while (!callers.isEmpty() && found.size() < MOST_CALLED) {
      Position position = callers.poll();
      for (Dfa.Call call : position.rule().calls(position.state())) {
        Position called = new Position(call.rule(), 0, position.frame().push(position.rule(), call.next()));
        if (found.add(called)) {
          callers.add(called);
        }
      }
    }
    return List.copyOf(found);
  }

  /** The categories of the bytes that can be read from a position. */
  static long firsts(Position position) {
    long firsts = 0;
    for (Position one : expand(List.of(position))) {
      firsts |= one.rule().firsts(one.state());
    }
    return firsts;
  }

  /** After a byte from 0 to 255; nothing when it cannot stand here. */
  @Nullable Readings step(int b) {
    Set<Position> next = new LinkedHashSet<>();
    for (Position position : expanded()) {
      int state = position.rule().step(position.state(), b);
      if (state >= 0) {
        next.add(new Position(position.rule(), state, position.frame()));
      }
    }
    if (next.isEmpty()) {
      return null;
    }
    return new Readings(next.size() <= MOST ? List.copyOf(next)
        : next.stream().sorted(Comparator.comparingInt(Position::cost)).limit(MOST).toList());
  }

  /** The byte that must come next, or -1 when there are several or the text may end. */
  int onlyByte() {
    if (complete()) {
      return -1;
    }
    int only = -1;
    for (Position position : expanded()) {
      for (int b = 0; b < 256; b++) {
        if (b != only && position.rule().reads(position.state()) && position.rule().step(position.state(), b) >= 0) {
          if (only >= 0) {
            return -1;
          }
          only = b;
        }
      }
    }
    return only;
  }

  /** Whether the text may end here. */
  boolean complete() {
    return expanded().stream().anyMatch(p -> p.frame().isBottom() && p.rule().accepts(p.state()));
  }

  /** Whether tokens without text may stand here. */
  boolean free() {
    return expanded().stream().anyMatch(p -> p.rule().free() && p.rule().reads(p.state()));
  }

  /** Tokens that end the text. */
  int cost() {
    return positions.stream().mapToInt(Position::cost).min().orElse(Rule.NEVER);
  }

  /** Whether the text is nested so deep that it must be ended. */
  boolean tooDeep() {
    return positions.stream().allMatch(p -> p.frame().depth() > DEEPEST);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Readings readings && positions.equals(readings.positions);
  }

  @Override
  public int hashCode() {
    return positions.hashCode();
  }
}
