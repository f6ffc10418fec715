// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

/** JSON strings of a length, a pattern and a format. */
final class StringText {
  private StringText() {}

  /** Reads the strings that the facts admit, quotes included; {@link Expr#NOTHING} when there are none. */
  static Expr of(Facts facts, JsonRules json, Effort effort) {
    int least = facts.least("minLength");
    int most = facts.most("maxLength");
    if (most != Expr.ANY_NUMBER && most < least) {
      return Expr.NOTHING;
    }
    Dfa content = content(facts, effort);
    if (content != null) {
      return content.isEmpty() ? Expr.NOTHING
          : Expr.sequence(JsonRules.QUOTE, new Expr.Embedded(content), JsonRules.QUOTE);
    }
    return least == 0 && most == Expr.ANY_NUMBER ? json.string() : json.string(least, most);
  }

  /**
   * What stands between the quotes where there is a pattern or a format, lengths included; null where there is none.
   */
  static @Nullable Dfa content(Facts facts, Effort effort) {
    Dfa content = null;
    for (Place place : facts.patterns()) {
      Dfa pattern = pattern(place, effort);
      content = content == null ? pattern : content.and(pattern, effort);
    }
    for (Place place : facts.formats()) {
      Dfa format = StringFormat.automaton(place);
      content = content == null ? format : content.and(format, effort);
    }
    int least = facts.least("minLength");
    int most = facts.most("maxLength");
    if (content == null || least == 0 && most == Expr.ANY_NUMBER) {
      return content;
    }
    if (most != Expr.ANY_NUMBER && most < least) {
      return Dfa.of(Expr.NOTHING, effort);
    }
    try {
      Expr any = Encoding.JSON_STRING.one(CodePoints.ALL);
      return content.and(Dfa.of(new Expr.Repeat(any, least, most), effort), effort);
    } catch (Effort.TooLarge e) {
      throw new IllegalArgumentException("the schema at " + facts.shown()
          + " cannot be used: minLength and maxLength together with a pattern or format: " + e.getMessage(), e);
    }
  }

  private static Dfa pattern(Place place, Effort effort) {
    String pattern = place.text("pattern");
    try {
      return Dfa.of(RegexReader.read(pattern, false, Encoding.JSON_STRING, effort), effort);
    } catch (Effort.TooLarge e) {
      throw place.wrong("pattern", "'" + pattern + "' is too large: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw place.wrong("pattern", String.valueOf(e.getMessage()));
    }
  }
}
