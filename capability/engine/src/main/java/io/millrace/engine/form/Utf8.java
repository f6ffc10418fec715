// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.List;

/**
 * Sets of characters as sequences of byte ranges, so that an automaton over bytes reads exactly their UTF-8 (RFC 3629).
 */
final class Utf8 {
  private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, 0x10ffff};

  private static final int FEW = 4;

  private Utf8() {}

  /** Reads one character of the set. */
  static Expr one(CodePoints set) {
    List<Expr> choices = new ArrayList<>();
    for (int run = 0; run < set.count(); run++) {
      int first = set.first(run);
      for (int length = 1; length <= 4 && first <= set.last(run); length++) {
        int last = Math.min(set.last(run), LAST_OF_LENGTH[length - 1]);
        if (first <= last) {
          split(first, last, length, choices);
          first = last + 1;
        }
      }
    }
    return compact(choices);
  }

  /** Any of them, as a minimal automaton where they are many: expressions that repeat it are compiled sooner. */
  static Expr compact(List<Expr> choices) {
    return choices.size() <= FEW ? Expr.choice(choices) : new Expr.Embedded(Dfa.of(Expr.choice(choices), new Effort()));
  }

  /** Cuts a range of characters of one length where more than the last bytes would vary freely. */
  private static void split(int first, int last, int length, List<Expr> out) {
    for (int i = 1; i < length; i++) {
      int low = (1 << 6 * i) - 1; // what the last i bytes carry
      if ((first & ~low) != (last & ~low)) {
        if ((first & low) != 0) {
          split(first, first | low, length, out);
          split((first | low) + 1, last, length, out);
          return;
        }
        if ((last & low) != low) {
          split(first, (last & ~low) - 1, length, out);
          split(last & ~low, last, length, out);
          return;
        }
      }
    }
    List<Expr> bytes = new ArrayList<>();
    for (int i = length - 1; i >= 0; i--) {
      bytes.add(new Expr.Range(byteAt(first, i, length), byteAt(last, i, length)));
    }
    out.add(Expr.sequence(bytes));
  }

  /** The byte that has {@code i} bytes behind it. */
  private static int byteAt(int codePoint, int i, int length) {
    if (length == 1) {
      return codePoint;
    }
    int lead = i == length - 1 ? 0xf00 >> length & 0xff : 0x80;
    return lead | codePoint >> 6 * i & (i == length - 1 ? 0x7f >> length : 0x3f);
  }
}
