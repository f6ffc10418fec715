// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Two automata that read side by side: what both accept, or what only the first does. */
final class Product {
  private Product() {}

  static Dfa of(Dfa left, Dfa right, boolean both, Effort effort) {
    // Bytes that neither tells apart.
    byte[] kinds = new byte[256];
    Map<Long, Integer> kindOf = new HashMap<>();
    List<Integer> samples = new ArrayList<>();
    for (int b = 0; b < 256; b++) {
      long pair = (long) left.kind(b) << 32 | right.kind(b);
      int fresh = samples.size();
      int kind = kindOf.computeIfAbsent(pair, _ -> fresh);
      if (kind == fresh) {
        samples.add(b);
      }
      kinds[b] = (byte) kind;
    }
    Table table = new Table(samples.size());
    Map<Long, Integer> known = new HashMap<>();
    List<Long> pairs = new ArrayList<>();
    known.put(0L, 0);
    pairs.add(0L);
    for (int at = 0; at < pairs.size(); at++) {
      int l = (int) (pairs.get(at) >> 32);
      int r = pairs.get(at).intValue(); // -1 where the right one has failed
      int[] row = table.add();
      boolean accepted = r >= 0 && right.accepts(r);
      if (left.accepts(l) && accepted == both) {
        table.accept(at);
      }
      for (int column = 0; column < row.length; column++) {
        int b = samples.get(column);
        int nextLeft = left.next(l, b);
        int nextRight = r < 0 ? -1 : right.next(r, b);
        if (nextLeft >= 0 && (nextRight >= 0 || !both)) {
          long pair = (long) nextLeft << 32 | nextRight & 0xffffffffL;
          Integer number = known.get(pair);
          if (number == null) {
            number = pairs.size();
            known.put(pair, number);
            pairs.add(pair);
            effort.states(pairs.size());
          }
          row[column] = number;
        }
      }
      effort.spend(row.length);
    }
    return table.minimal(kinds, samples.size(), List.of(), effort);
  }
}
