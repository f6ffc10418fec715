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
      return content.isEmpty() ? Expr.NOTHING : Expr.sequence(JsonRules.QUOTE, new Expr.Embedded(content), JsonRules.QUOTE);
    }
    return least == 0 && most == Expr.ANY_NUMBER ? json.string() : json.string(least, most);
  }

  /** What stands between the quotes where there is a pattern or a format, lengths included; null where there is none. */
  static @Nullable Dfa content(Facts facts, Effort effort) {
    Dfa content = null;
    for (Place place : facts.patterns()) {
      content = and(content, place, "pattern", place.text("pattern"), false, effort);
    }
    for (Place place : facts.formats()) {
      content = and(content, place, "format", StringFormat.regex(place), true, effort);
    }
    int least = facts.least("minLength");
    int most = facts.most("maxLength");
    if (content != null && (least > 0 || most != Expr.ANY_NUMBER)) {
      try {
        if (most != Expr.ANY_NUMBER && most < least) {
          return Dfa.of(Expr.NOTHING, effort);
        }
        Expr any = Encoding.JSON_STRING.one(CodePoints.ALL);
        content = content.and(Dfa.of(new Expr.Repeat(any, least, most), effort), effort);
      } catch (Effort.TooLarge e) {
        throw new IllegalArgumentException("the schema at " + facts.shown()
            + " cannot be used: minLength and maxLength together with a pattern or format: " + e.getMessage(), e);
      }
    }
    return content;
  }

  private static Dfa and(@Nullable Dfa content, Place place, String keyword, String regex, boolean whole, Effort effort) {
    try {
      Dfa other = Dfa.of(RegexReader.read(regex, whole, Encoding.JSON_STRING, effort), effort);
      return content == null ? other : content.and(other, effort);
    } catch (Effort.TooLarge e) {
      throw place.wrong(keyword, "'" + place.text(keyword) + "' is too large: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw place.wrong(keyword, e.getMessage());
    }
  }
}
