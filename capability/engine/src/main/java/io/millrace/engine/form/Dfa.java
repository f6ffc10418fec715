// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.List;

/**
 * A deterministic automaton over bytes, minimal, without states that lead nowhere. Besides bytes its edges may read
 * what rules read. State 0 is the first. Immutable.
 */
final class Dfa {
  /** An edge that calls a rule and goes on in a state. */
  record Call(Rule rule, int next) {}

  private static final Call[] NO_CALLS = {};

  private final byte[] kinds;
  private final int columns;
  private final int[] next;
  private final boolean[] accepting;
  private final Call @Nullable [] @Nullable [] calls;

  /**
   * An automaton as it is.
   *
   * @param kinds for each byte the column in which its edges stand; bytes that no state tells apart share one
   * @param next for each state and column the target, or -1
   * @param calls for each state its calls, if it has some
   */
  Dfa(byte[] kinds, int columns, int[] next, boolean[] accepting, Call @Nullable [] @Nullable [] calls) {
    this.kinds = kinds;
    this.columns = columns;
    this.next = next;
    this.accepting = accepting;
    this.calls = calls;
  }

  /** The minimal automaton of an expression that calls nothing. */
  static Dfa of(Expr expr, Effort effort) {
    return Subsets.of(Nfa.of(expr, effort, null), effort);
  }

  int states() {
    return accepting.length;
  }

  /** The state after a byte from 0 to 255, or -1. */
  int next(int state, int b) {
    return next[state * columns + (kinds[b] & 0xff)];
  }

  /** Bytes of one kind lead to the same states everywhere. */
  int kind(int b) {
    return kinds[b] & 0xff;
  }

  /** Number of kinds of bytes. */
  int columns() {
    return columns;
  }

  /** The state after a byte of a kind, or -1. */
  int nextOfKind(int state, int kind) {
    return next[state * columns + kind];
  }

  boolean accepts(int state) {
    return accepting[state];
  }

  List<Call> calls(int state) {
    Call[] found = calls == null ? null : calls[state];
    return List.of(found == null ? NO_CALLS : found);
  }

  /** Whether it reads no text at all. */
  boolean isEmpty() {
    return states() == 1 && !accepting[0] && Arrays.stream(next).allMatch(n -> n < 0) && calls(0).isEmpty();
  }

  /** Whether it reads these bytes; calls are not followed. */
  boolean reads(byte[] bytes) {
    int state = 0;
    for (int i = 0; i < bytes.length && state >= 0; i++) {
      state = next(state, bytes[i] & 0xff);
    }
    return state >= 0 && accepting[state];
  }

  /** What both read; neither calls rules. */
  Dfa and(Dfa other, Effort effort) {
    return Product.of(this, other, true, effort);
  }

  /** What this one reads and the other does not; neither calls rules. */
  Dfa minus(Dfa other, Effort effort) {
    return Product.of(this, other, false, effort);
  }
}
