// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** A given JSON value, as it is written and as it is compared. */
final class Literal {
  private Literal() {}

  /** Reads the value and nothing else. */
  static Expr of(JsonNode value) {
    if (value.isObject()) {
      List<Expr> items = new ArrayList<>();
      value.properties().forEach(entry ->
          items.add(Expr.sequence(name(entry.getKey()), JsonRules.COLON, of(entry.getValue()))));
      return list("{", items, "}");
    }
    if (value.isArray()) {
      List<Expr> items = new ArrayList<>();
      value.forEach(item -> items.add(of(item)));
      return list("[", items, "]");
    }
    return value.isString() ? name(value.asString())
        : Expr.text(value.isNumber() ? number(value.decimalValue()) : value.toString());
  }

  /** A text in quotes. */
  static Expr name(String text) {
    return Expr.sequence(JsonRules.QUOTE, Encoding.JSON_STRING.text(text), JsonRules.QUOTE);
  }

  private static Expr list(String open, List<Expr> items, String close) {
    List<Expr> all = new ArrayList<>();
    all.add(Expr.text(open));
    for (int i = 0; i < items.size(); i++) {
      all.add(i == 0 ? Expr.EMPTY : JsonRules.COMMA);
      all.add(items.get(i));
    }
    all.add(Expr.text(close));
    return Expr.sequence(all);
  }

  private static String number(BigDecimal number) {
    BigDecimal shortest = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
    return Math.abs(shortest.scale()) > 300 ? shortest.toString() : shortest.toPlainString();
  }

  /** Whether two values are the same to a schema: numbers by value, objects in any order. */
  static boolean same(JsonNode a, JsonNode b) {
    if (a.isNumber() && b.isNumber()) {
      return a.decimalValue().compareTo(b.decimalValue()) == 0;
    }
    if (a.isObject() && b.isObject()) {
      return a.size() == b.size() && a.properties().stream()
          .allMatch(e -> b.has(e.getKey()) && same(e.getValue(), b.path(e.getKey())));
    }
    if (a.isArray() && b.isArray() && a.size() == b.size()) {
      for (int i = 0; i < a.size(); i++) {
        if (!same(a.path(i), b.path(i))) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }

  static boolean in(List<JsonNode> list, JsonNode value) {
    return list.stream().anyMatch(item -> same(item, value));
  }
}
