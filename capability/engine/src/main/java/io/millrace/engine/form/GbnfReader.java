// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads grammars in llama.cpp's GBNF: rules {@code name ::= …}, literals, classes of characters, {@code .}, groups,
 * {@code |}, {@code * + ? {n} {n,} {n,m}}, comments; the first rule of a text is {@code root}. References to single
 * tokens are not supported. A rule may not begin with itself.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md">GBNF guide</a>
 */
final class GbnfReader {
  private static final int MOST_REPETITIONS = 100_000;
  private static final int DEEPEST = 200;
  private static final int MOST_RULES = 2_000;

  private final String text;
  private final RuleBook book;
  private final Map<String, Machine> machines = new LinkedHashMap<>();
  private final Map<Rule, Expr> bodies = new HashMap<>();
  private int at;
  private int depth;

  private GbnfReader(String text, RuleBook book) {
    this.text = text;
    this.book = book;
  }

  /**
   * Writes a grammar's rules down and returns its root.
   *
   * @throws IllegalArgumentException with the line, when it is no grammar
   */
  static Machine read(String grammar, RuleBook book) {
    return new GbnfReader(grammar, book).read();
  }

  private Machine read() {
    space(true);
    while (at < text.length()) {
      Machine rule = machine(name());
      space(false);
      expect("::=");
      space(true);
      if (bodies.put(rule, alternatives(false)) != null) {
        throw wrong("the rule " + rule + " is there twice");
      }
      space(true);
    }
    for (Machine rule : machines.values()) {
      if (!bodies.containsKey(rule)) {
        throw wrong("there is no rule " + rule);
      }
    }
    Machine root = machines.get("root");
    if (root == null) {
      throw wrong("there is no rule root, with which texts begin");
    }
    Map<Rule, Expr> written = WrittenOut.of(bodies, book.effort());
    machines.values().forEach(rule -> book.define(rule, written.getOrDefault(rule, Expr.NOTHING)));
    return root;
  }

  private IllegalArgumentException wrong(String why) {
    long line = 1 + text.substring(0, Math.min(at, text.length())).chars().filter(c -> c == '\n').count();
    return new IllegalArgumentException("the grammar cannot be used, line " + line + ": " + why);
  }

  private Machine machine(String name) {
    if (machines.size() > MOST_RULES) {
      throw wrong("there are more than " + MOST_RULES + " rules");
    }
    return machines.computeIfAbsent(name, book::declare);
  }

  private int peek() {
    return at < text.length() ? text.codePointAt(at) : -1;
  }

  private int character() {
    int c = peek();
    if (c < 0) {
      throw wrong("it ends too early");
    }
    at += Character.charCount(c);
    return c;
  }

  private boolean take(char expected) {
    boolean there = peek() == expected;
    at += there ? 1 : 0;
    return there;
  }

  private void expect(String expected) {
    if (!text.startsWith(expected, at)) {
      throw wrong("'" + expected + "' is missing");
    }
    at += expected.length();
  }

  private void space(boolean lines) {
    while (true) {
      int c = peek();
      if (c == '#') {
        while (peek() >= 0 && peek() != '\n' && peek() != '\r') {
          at++;
        }
      } else if (c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r')) {
        at++;
      } else {
        return;
      }
    }
  }

  private static boolean inName(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
  }

  private String name() {
    int from = at;
    while (inName(peek())) {
      at++;
    }
    if (at == from) {
      throw wrong("a rule's name is missing");
    }
    return text.substring(from, at);
  }

  private Expr alternatives(boolean nested) {
    if (++depth > DEEPEST) {
      throw wrong("groups are nested too deep");
    }
    List<Expr> choices = new ArrayList<>();
    choices.add(items(nested));
    while (take('|')) {
      space(true);
      choices.add(items(nested));
    }
    depth--;
    return Expr.choice(choices);
  }

  private Expr items(boolean nested) {
    List<Expr> items = new ArrayList<>();
    while (true) {
      Expr item;
      if (take('"')) {
        item = literal();
      } else if (take('[')) {
        item = Utf8.one(characterClass());
      } else if (take('.')) {
        item = Utf8.one(CodePoints.ALL);
      } else if (take('(')) {
        space(true);
        item = alternatives(true);
        expect(")");
      } else if (inName(peek())) {
        item = new Expr.Call(machine(name()));
      } else if (peek() == '<' || peek() == '!') {
        throw wrong("references to single tokens are not supported; write their text");
      } else {
        return Expr.sequence(items);
      }
      space(nested);
      items.add(quantified(item, nested));
    }
  }

  private Expr quantified(Expr item, boolean nested) {
    Expr repeated = item;
    while (true) {
      if (take('*')) {
        repeated = Expr.star(repeated);
      } else if (take('+')) {
        repeated = new Expr.Repeat(repeated, 1, Expr.ANY_NUMBER);
      } else if (take('?')) {
        repeated = Expr.optional(repeated);
      } else if (take('{')) {
        int least = number();
        int most = least;
        if (take(',')) {
          space(nested);
          most = peek() == '}' ? Expr.ANY_NUMBER : number();
        }
        expect("}");
        if (most != Expr.ANY_NUMBER && most < least) {
          throw wrong("{" + least + "," + most + "} ends before it begins");
        }
        repeated = new Expr.Repeat(repeated, least, most);
      } else {
        return repeated;
      }
      space(nested);
    }
  }

  private int number() {
    space(false);
    int from = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    if (at == from || at - from > 6 || Integer.parseInt(text.substring(from, at)) > MOST_REPETITIONS) {
      throw wrong("a number of repetitions from 0 to " + MOST_REPETITIONS + " is missing");
    }
    int number = Integer.parseInt(text.substring(from, at));
    space(false);
    return number;
  }

  private Expr literal() {
    List<Expr> characters = new ArrayList<>();
    while (!take('"')) {
      characters.add(Utf8.one(CodePoints.of(one())));
    }
    return Expr.sequence(characters);
  }

  private CodePoints characterClass() {
    boolean negated = take('^');
    CodePoints set = CodePoints.NONE;
    while (!take(']')) {
      int first = one();
      int last = first;
      if (peek() == '-' && !text.startsWith("-]", at)) {
        at++;
        last = one();
        if (last < first) {
          throw wrong("a range in a class ends before it begins");
        }
      }
      set = set.or(CodePoints.between(first, last));
    }
    return negated ? set.not() : set;
  }

  private int one() {
    int c = character();
    if (c != '\\') {
      return c;
    }
    int escaped = character();
    return switch (escaped) {
      case 'x' -> hex(2);
      case 'u' -> hex(4);
      case 'U' -> hex(8);
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'n' -> '\n';
      case '\\', '"', '[', ']', '-', '^' -> escaped;
      default -> throw wrong("the escape \\" + Character.toString(escaped) + " is not known");
    };
  }

  private int hex(int digits) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(character(), 16);
      if (digit < 0 || value > Character.MAX_CODE_POINT) {
        throw wrong("an escape needs " + digits + " hexadecimal digits of a character");
      }
      value = value << 4 | digit;
    }
    if (value > Character.MAX_CODE_POINT || value >= 0xd800 && value <= 0xdfff) {
      throw wrong("an escape gives no character");
    }
    return value;
  }
}
