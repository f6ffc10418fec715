// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import java.util.List;

/**
 * The rules of JSON (RFC 8259) that all forms of a vocabulary share, and with them what is known of its tokens.
 *
 * <p>There is no white space but one blank, if the model likes, after a colon or a comma: so no text grows without end.
 * Whole numbers fit 64 bits, and others have few enough digits for readers that know no more.
 */
final class JsonRules {
  /** What may stand after a colon or a comma. */
  static final Expr BLANK = Expr.optional(Expr.text(" "));
  static final Expr COMMA = Expr.sequence(Expr.text(","), BLANK);
  static final Expr COLON = Expr.sequence(Expr.text(":"), BLANK);
  static final Expr QUOTE = Expr.text("\"");
  static final Expr DIGIT = new Expr.Range('0', '9');
  /** Digits of a whole number that nothing else bounds. */
  static final int DIGITS = 18;
  /** Characters of a property's name that the schema does not list. */
  static final int LONGEST_NAME = 128;

  private static final Expr MAGNITUDE = Expr.choice(Expr.text("0"),
      Expr.sequence(new Expr.Range('1', '9'), new Expr.Repeat(DIGIT, 0, DIGITS - 1)));

  private final Machine stringEnd;
  private final Machine number;
  private final Machine integer;
  private final Machine value;
  private final Machine object;
  private final Machine array;
  private final Cycle characters;
  private final Cycle nameCharacters;

  JsonRules(Vocabulary vocabulary) {
    RuleBook book = new RuleBook(vocabulary);
    characters = cycle(Encoding.ANY_WAY, book);
    nameCharacters = cycle(Encoding.JSON_STRING.one(CodePoints.ALL), book);
    stringEnd = book.rule("string", Expr.sequence(Expr.star(Encoding.ANY_WAY), QUOTE));
    integer = book.rule("integer",
        NumberText.of(NumberRange.between(Long.MIN_VALUE, Long.MAX_VALUE), List.of(), false, book.effort()));
    number = book.rule("number", Expr.sequence(Expr.optional(Expr.text("-")), MAGNITUDE,
        Expr.optional(Expr.sequence(Expr.text("."), new Expr.Repeat(DIGIT, 1, DIGITS - 1))),
        Expr.optional(Expr.sequence(Utf8.one(CodePoints.anyOf("eE")), Expr.optional(Utf8.one(CodePoints.anyOf("+-"))),
            new Expr.Repeat(DIGIT, 1, 2)))));
    value = book.declare("value");
    object = book.rule("object",
        Expr.sequence(Expr.text("{"), list(Expr.sequence(name(), COLON, new Expr.Call(value))), Expr.text("}")));
    array = book.rule("array", Expr.sequence(Expr.text("["), list(new Expr.Call(value)), Expr.text("]")));
    book.define(value, Expr.choice(string(), new Expr.Call(number), Expr.text("true"), Expr.text("false"),
        Expr.text("null"),
        new Expr.Call(object), new Expr.Call(array)));
    book.compile();
    // Within a string nearly all tokens can be read; nobody's answer shall wait until they have been looked at.
    stringEnd.reach(0, vocabulary.memory(), vocabulary.trie());
  }

  private static Cycle cycle(Expr character, RuleBook book) {
    Cycle cycle = new Cycle(Dfa.of(Expr.sequence(Expr.star(character), QUOTE), book.effort()), true, book.vocabulary());
    cycle.measure(book.vocabulary());
    return cycle;
  }

  private static Expr list(Expr item) {
    return Expr.optional(Expr.sequence(item, Expr.star(Expr.sequence(COMMA, item))));
  }

  Expr string() {
    return Expr.sequence(QUOTE, new Expr.Call(stringEnd));
  }

  /** A string of so many characters. */
  Expr string(int least, int most) {
    return Expr.sequence(QUOTE, new Expr.Call(new Counted(characters, least, most)));
  }

  /** A property's name, of any characters. */
  Expr name() {
    return Expr.sequence(QUOTE, endOfName());
  }

  /** More of a property's name, and its closing quote. */
  Expr endOfName() {
    return new Expr.Call(new Counted(nameCharacters, 0, LONGEST_NAME));
  }

  Expr number() {
    return new Expr.Call(number);
  }

  Expr integer() {
    return new Expr.Call(integer);
  }

  Expr value() {
    return new Expr.Call(value);
  }

  Expr array() {
    return new Expr.Call(array);
  }

  Expr object() {
    return new Expr.Call(object);
  }

  /** The rule of any object. */
  Machine anyObject() {
    return object;
  }
}
