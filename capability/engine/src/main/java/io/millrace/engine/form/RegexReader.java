// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions: what ECMA-262 and {@code java.util.regex} have in common and what is regular.
 *
 * <p>Characters and escapes ({@code \t \n \r \f \v \0}, {@code \x} with two digits, {@code u} with four or braces),
 * {@code .}, classes with ranges, {@code \d \w \s} and their opposites, {@code \p{…}} with a general category or a
 * script, groups of all kinds that only group, {@code |}, {@code * + ? {n} {n,} {n,m}} greedy or lazy, {@code ^} and
 * {@code $} as the ends of the text. No references back, no looking ahead or back, no {@code \b}, no flags. Where the
 * two dialects differ, in what white space is and what {@code .} leaves out, only characters on which they agree are
 * written.
 */
final class RegexReader {
  private static final int MOST_REPETITIONS = 100_000;
  private static final int DEEPEST = 200;

  private final String text;
  private final Encoding encoding;
  private final Effort effort;
  private int at;
  private int depth;
  private boolean anchored;

  private RegexReader(String text, Encoding encoding, Effort effort) {
    this.text = text;
    this.encoding = encoding;
    this.effort = effort;
  }

  /**
   * What an expression matches.
   *
   * @param whole whether the whole text is matched, or any part of it
   * @throws IllegalArgumentException with the place, when it is none, or uses what is not regular
   */
  static Expr read(String expression, boolean whole, Encoding encoding, Effort effort) {
    RegexReader reader = new RegexReader(expression, encoding, effort);
    Expr read = reader.alternatives();
    if (reader.at < expression.length()) {
      throw reader.wrong("')' closes nothing");
    }
    Expr any = encoding.one(CodePoints.ALL);
    if (reader.anchored) {
      return new Expr.Embedded(Anchors.resolve(read, whole, any, effort));
    }
    return whole ? read : Expr.sequence(Expr.star(any), read, Expr.star(any));
  }

  private IllegalArgumentException wrong(String why) {
    return new IllegalArgumentException("the regular expression '" + text + "' cannot be used, at character " + at
        + ": " + why);
  }

  private boolean take(String expected) {
    boolean there = text.startsWith(expected, at);
    at += there ? expected.length() : 0;
    return there;
  }

  private int character() {
    int c = text.codePointAt(at);
    at += Character.charCount(c);
    return c;
  }

  private Expr alternatives() {
    if (++depth > DEEPEST) {
      throw wrong("groups are nested too deep");
    }
    List<Expr> choices = new ArrayList<>();
    do {
      List<Expr> items = new ArrayList<>();
      while (at < text.length() && text.charAt(at) != '|' && text.charAt(at) != ')') {
        items.add(quantified(atom()));
      }
      choices.add(Expr.sequence(items));
    } while (take("|"));
    depth--;
    return Expr.choice(choices);
  }

  private Expr atom() {
    effort.spend(10);
    int c = character();
    return switch (c) {
      case '.' -> encoding.one(CodePoints.anyOf("\n\r\u0085\u2028\u2029").not());
      case '^' -> {
        anchored = true;
        yield Anchors.START;
      }
      case '$' -> {
        anchored = true;
        yield Anchors.END;
      }
      case '(' -> group();
      case '[' -> encoding.one(characterClass());
      case '*', '+', '?' -> throw wrong("'" + (char) c + "' repeats nothing");
      case '\\' -> encoding.one(CharacterEscape.read(this::peek, this::character, this::wrong).inner());
      default -> encoding.one(CodePoints.of(c));
    };
  }

  /** The next character, or -1. */
  private int peek() {
    return at < text.length() ? text.codePointAt(at) : -1;
  }

  private Expr group() {
    if (take("?") && !take(":")) {
      if (take("<") && peek() != '=' && peek() != '!') {
        int end = text.indexOf('>', at);
        if (end < 0) {
          throw wrong("a group's name has no end");
        }
        at = end + 1;
      } else {
        throw wrong("groups that look ahead or back, and flags, are not regular; leave them out");
      }
    }
    Expr inside = alternatives();
    if (!take(")")) {
      throw wrong("a ')' is missing");
    }
    return inside;
  }

  private CodePoints characterClass() {
    boolean negated = take("^");
    CodePoints inner = CodePoints.NONE;
    CodePoints outer = CodePoints.NONE;
    boolean any = false;
    while (!take("]")) {
      if (at >= text.length()) {
        throw wrong("a ']' is missing");
      }
      if (text.startsWith("[", at) || text.startsWith("&&", at)) {
        throw wrong("'" + (char) peek()
            + "' in a class means different things to different readers; put a \\ before it");
      }
      CharacterEscape.Sets item = classItem();
      if (text.startsWith("-", at) && !text.startsWith("-]", at) && item.single() >= 0) {
        at++;
        CharacterEscape.Sets last = classItem();
        if (last.single() < item.single()) {
          throw wrong("a range in a class ends before it begins, or with a class");
        }
        item = CharacterEscape.Sets.of(CodePoints.between(item.single(), last.single()));
      }
      inner = inner.or(item.inner());
      outer = outer.or(item.outer());
      any = true;
    }
    if (!any) {
      throw wrong("a class is empty");
    }
    return negated ? outer.not() : inner;
  }

  private CharacterEscape.Sets classItem() {
    if (at >= text.length()) {
      throw wrong("a ']' is missing");
    }
    int c = character();
    return c == '\\' ? CharacterEscape.read(this::peek, this::character, this::wrong)
        : CharacterEscape.Sets.of(CodePoints.of(c));
  }

  private Expr quantified(Expr atom) {
    Expr repeated = atom;
    if (take("*")) {
      repeated = Expr.star(atom);
    } else if (take("+")) {
      repeated = new Expr.Repeat(atom, 1, Expr.ANY_NUMBER);
    } else if (take("?")) {
      repeated = Expr.optional(atom);
    } else if (!text.startsWith("{", at) || !braces()) {
      return atom;
    } else {
      int close = text.indexOf('}', at);
      String[] bounds = text.substring(at + 1, close).split(",", -1);
      at = close + 1;
      int least = number(bounds[0]);
      int most = bounds.length == 1 ? least : bounds[1].isEmpty() ? Expr.ANY_NUMBER : number(bounds[1]);
      if (most != Expr.ANY_NUMBER && most < least) {
        throw wrong("{" + least + "," + most + "} ends before it begins");
      }
      repeated = new Expr.Repeat(atom, least, most);
    }
    if (take("?")) {
      return repeated; // lazy or greedy, what is matched is the same
    }
    if (peek() == '+' || peek() == '*') {
      throw wrong("'" + (char) peek() + "' repeats what is repeated already; possessive quantifiers are not regular");
    }
    return repeated;
  }

  private boolean braces() {
    return text.substring(at).matches("(?s)\\{[0-9]+(,[0-9]*)?}.*");
  }

  private int number(String digits) {
    if (digits.length() > 6 || Integer.parseInt(digits) > MOST_REPETITIONS) {
      throw wrong("more than " + MOST_REPETITIONS + " repetitions");
    }
    return Integer.parseInt(digits);
  }
}
