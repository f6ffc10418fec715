// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.List;

/** How characters are written. */
enum Encoding {
  /** As UTF-8. */
  TEXT {
    @Override
    Expr one(CodePoints set) {
      return Utf8.one(set);
    }
  },

  /** In a JSON string (RFC 8259), each character in one way only: escaped where it must be, as briefly as can be. */
  JSON_STRING {
    @Override
    Expr one(CodePoints set) {
      List<Expr> choices = new ArrayList<>();
      choices.add(Utf8.one(set.minus(ESCAPED)));
      CodePoints escaped = set.and(ESCAPED);
      for (int run = 0; run < escaped.count(); run++) {
        for (int c = escaped.first(run); c <= escaped.last(run); c++) {
          choices.add(Expr.text(escape(c)));
        }
      }
      return Utf8.compact(choices);
    }
  };

  /** Characters that no JSON string holds as they are. */
  static final CodePoints ESCAPED = CodePoints.between(0, 0x1f).or(CodePoints.anyOf("\"\\"));

  /**
   * Any one character of JSON strings, written in any way: as it is, after a backslash, or as one or two {@code \\u}.
   */
  static final Expr ANY_WAY = anyWay();

  /** Reads one character of the set. */
  abstract Expr one(CodePoints set);

  /** A text, character by character. */
  Expr text(String text) {
    return Expr.sequence(text.codePoints().mapToObj(c -> one(CodePoints.of(c))).toList());
  }

  /** The escape of a character that needs one. */
  static String escape(int c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted(c);
    };
  }

  private static Expr anyWay() {
    Expr hex = Utf8.one(CodePoints.anyOf("0123456789abcdefABCDEF"));
    Expr d = Utf8.one(CodePoints.anyOf("dD"));
    Expr low = Utf8.one(CodePoints.anyOf("01234567"));
    Expr first = Utf8.one(CodePoints.anyOf("0123456789abcefABCEF"));
    Expr whole = Expr.sequence(Expr.text("\\u"), Expr.choice(Expr.sequence(first, hex), Expr.sequence(d, low)), hex,
        hex);
    Expr pair = Expr.sequence(
        Expr.text("\\u"), d, Utf8.one(CodePoints.anyOf("89abAB")), hex, hex,
        Expr.text("\\u"), d, Utf8.one(CodePoints.anyOf("cdefCDEF")), hex, hex);
    Expr simple = Expr.sequence(Expr.text("\\"), Utf8.one(CodePoints.anyOf("\"\\/bfnrt")));
    Expr any = Expr.choice(Utf8.one(CodePoints.ALL.minus(ESCAPED)), simple, whole, pair);
    return new Expr.Embedded(Dfa.of(any, new Effort()));
  }
}
