// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The ends of a text in expressions: {@code ^} and {@code $} are read as bytes that no text contains, of which a text
 * has one at each end; afterwards they are taken away again.
 */
final class Anchors {
  /** What {@code ^} reads: a byte of no UTF-8. */
  static final Expr START = new Expr.Range(0xfe, 0xfe);
  /** What {@code $} reads. */
  static final Expr END = new Expr.Range(0xff, 0xff);

  private Anchors() {}

  /**
   * What an expression with anchors reads, the anchors taken away.
   *
   * @param whole whether it must read all of a text, or some part
   * @param any reads any character
   */
  static Dfa resolve(Expr expr, boolean whole, Expr any, Effort effort) {
    Expr before = whole ? START : Expr.sequence(START, Expr.star(any));
    Expr after = whole ? END : Expr.sequence(Expr.star(any), END);
    Dfa marked = Dfa.of(Expr.sequence(Expr.optional(before), expr, Expr.optional(after)), effort)
        .and(Dfa.of(Expr.sequence(START, Expr.star(any), END), effort), effort);
    int columns = marked.columns();
    byte[] kinds = new byte[256];
    for (int b = 0; b < 256; b++) {
      kinds[b] = (byte) marked.kind(b);
    }
    Table table = new Table(columns);
    Map<Integer, Integer> numbers = new HashMap<>();
    List<Integer> states = new ArrayList<>();
    states.add(marked.next(0, 0xfe));
    numbers.put(states.getFirst(), 0);
    for (int at = 0; at < states.size(); at++) {
      int state = states.get(at);
      int[] row = table.add();
      if (state < 0) {
        break;
      }
      int end = marked.next(state, 0xff);
      if (end >= 0 && marked.accepts(end)) {
        table.accept(at);
      }
      for (int b = 0; b < 0xfe; b++) {
        int target = marked.next(state, b);
        if (target >= 0) {
          Integer known = numbers.putIfAbsent(target, states.size());
          if (known == null) {
            states.add(target);
          }
          row[marked.kind(b)] = numbers.get(target);
        }
      }
    }
    return table.minimal(kinds, columns, List.of(), effort);
  }
}
