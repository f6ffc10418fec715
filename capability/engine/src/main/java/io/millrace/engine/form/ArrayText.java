// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;

/** JSON arrays. */
final class ArrayText {
  private final Facts facts;
  private final SchemaCompiler compiler;
  private final int least;
  private final int most;

  private ArrayText(Facts facts, SchemaCompiler compiler) {
    this.facts = facts;
    this.compiler = compiler;
    least = facts.least("minItems");
    most = mostItems(facts);
  }

  /** Reads the arrays that the facts admit; {@link Expr#NOTHING} when there are none. */
  static Expr of(Facts facts, SchemaCompiler compiler) {
    return new ArrayText(facts, compiler).read();
  }

  /** As many items as are written at most: none behind listed ones of which nothing is said, unless there must be. */
  static int mostItems(Facts facts) {
    int most = facts.most("maxItems");
    int listed = listed(facts);
    boolean speaksOfOthers = facts.places().stream().anyMatch(place -> place.has("items"));
    boolean closed = facts.places().stream().anyMatch(place -> {
      if (place.has("unevaluatedItems") && !place.schema().path("unevaluatedItems").isBoolean()) {
        throw place.wrong("unevaluatedItems", "may only be true or false");
      }
      return place.has("unevaluatedItems") && !place.flag("unevaluatedItems");
    });
    if (!speaksOfOthers && (listed > 0 || closed)) {
      int written = closed ? listed : Math.max(listed, facts.least("minItems"));
      return most == Expr.ANY_NUMBER ? written : Math.min(most, written);
    }
    return most;
  }

  private static int listed(Facts facts) {
    return facts.places().stream().mapToInt(place -> place.list("prefixItems").size()).max().orElse(0);
  }

  /** The schemas of an item. */
  static List<Place> of(Facts facts, int index) {
    List<Place> schemas = new ArrayList<>();
    for (Place place : facts.places()) {
      List<Place> listed = place.list("prefixItems");
      if (index < listed.size()) {
        schemas.add(listed.get(index));
      } else if (place.has("items")) {
        if (place.schema().path("items").isArray()) {
          throw place.wrong("items", "must be one schema; schemas of single items are listed in prefixItems");
        }
        schemas.add(place.sub("items"));
      }
    }
    return schemas;
  }

  private Expr read() {
    if (most != Expr.ANY_NUMBER && most < least) {
      return compiler.impossible(facts, "no array has at least " + least + " and at most " + most + " items");
    }
    if (facts.places().stream().anyMatch(place -> place.flag("uniqueItems")) && (most == Expr.ANY_NUMBER || most > 1)) {
      return different();
    }
    int listed = listed(facts);
    Expr rest = compiler.all(of(facts, listed));
    Expr items = Expr.EMPTY;
    if (most == Expr.ANY_NUMBER || most > listed) {
      items = rest(rest, listed);
    }
    for (int i = listed - 1; i >= 0; i--) {
      Expr item = compiler.all(of(facts, i));
      boolean none = most != Expr.ANY_NUMBER && i >= most || item.equals(Expr.NOTHING);
      if (none && i < least) {
        return compiler.impossible(facts, "item " + i + " can have no value");
      }
      Expr these = Expr.sequence(i == 0 ? Expr.EMPTY : JsonRules.COMMA, item, items);
      items = none ? Expr.EMPTY : i < least ? these : Expr.optional(these);
    }
    return items.equals(Expr.NOTHING) ? compiler.impossible(facts, "its items can have no value")
        : Expr.sequence(Expr.text("["), items, Expr.text("]"));
  }

  /** The items behind the listed ones. */
  private Expr rest(Expr item, int listed) {
    int atLeast = Math.max(0, least - listed);
    int atMost = most == Expr.ANY_NUMBER ? Expr.ANY_NUMBER : most - listed;
    if (item.equals(Expr.NOTHING)) {
      return atLeast == 0 ? Expr.EMPTY : Expr.NOTHING;
    }
    Expr next = Expr.sequence(JsonRules.COMMA, item);
    if (listed > 0) {
      return new Expr.Repeat(next, atLeast, atMost);
    }
    int more = atMost == Expr.ANY_NUMBER ? Expr.ANY_NUMBER : atMost - 1;
    Expr some = Expr.sequence(item, new Expr.Repeat(next, Math.max(0, atLeast - 1), more));
    return atLeast == 0 ? Expr.optional(some) : some;
  }

  /** Different items can be told apart where their values are listed; they are written in the order of the list. */
  private Expr different() {
    List<JsonNode> values = listed(facts) > 0 ? null : compiler.values(of(facts, 0));
    if (values == null) {
      throw new IllegalArgumentException("the schema at " + facts.shown()
          + " cannot be used: uniqueItems, unless the items are values of an enum; leave it out");
    }
    List<Expr.Part> parts = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      if (!Literal.in(values.subList(0, i), values.get(i))) {
        parts.add(new Expr.Part(Literal.of(values.get(i)), false, false));
      }
    }
    return parts.size() < least ? compiler.impossible(facts, "there are not " + least + " different items")
        : Expr.sequence(Expr.text("["), new Expr.Joined(parts, JsonRules.COMMA, least, most), Expr.text("]"));
  }
}
