// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.json.Json;
import io.millrace.engine.form.Facts.Kind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a JSON Schema down as rules. Each set of schemas that hold for the same value becomes one expression; those
 * that may be objects or arrays become a rule of their own, so that schemas may refer to themselves.
 *
 * <p>What is written is valid; not all that is valid is written: see {@code docs/structured-output.md} for what is left
 * out.
 */
final class SchemaCompiler {
  private static final int MOST_ALTERNATIVES = 1_000;
  private static final int MOST_RULES = 5_000;
  private static final int MOST_REASONS = 5;

  private final SchemaDocument document;
  private final JsonRules json;
  private final RuleBook book;
  private final Map<String, Expr> known = new HashMap<>();
  private final List<String> reasons = new ArrayList<>();
  private final Dfa nothing;

  SchemaCompiler(JsonNode schema, JsonRules json, RuleBook book) {
    document = new SchemaDocument(schema);
    this.json = json;
    this.book = book;
    nothing = Dfa.of(Expr.NOTHING, book.effort());
  }

  /** What the schema admits. */
  Expr root() {
    return all(List.of(document.root()));
  }

  /** What the schema admits, as far as it is an object. */
  Expr object() {
    return all(List.of(document.root(),
        new Place(" object", Json.mapper().createObjectNode().put("type", "object"), null)));
  }

  /** Why parts of the schema admit nothing. */
  List<String> reasons() {
    return reasons;
  }

  JsonRules json() {
    return json;
  }

  Effort effort() {
    return book.effort();
  }

  /** Reads nothing. */
  Dfa nothing() {
    return nothing;
  }

  /** Notes why a value cannot be, and reads nothing. */
  Expr impossible(Facts facts, String why) {
    if (reasons.size() < MOST_REASONS) {
      reasons.add("at " + facts.shown() + ", " + why);
    }
    return Expr.NOTHING;
  }

  /** What all of these schemas admit; {@link Expr#NOTHING} when it is seen at once that there is nothing. */
  Expr all(List<Place> schemas) {
    Conjunction conjunction = Conjunction.of(document, schemas);
    if (conjunction == null) {
      if (reasons.size() < MOST_REASONS) {
        reasons.add("at " + schemas.getFirst().shown() + ", false admits nothing");
      }
      return Expr.NOTHING;
    }
    String key = conjunction.key();
    Expr found = known.get(key);
    if (found != null) {
      return found;
    }
    if (known.size() > MOST_RULES) {
      throw new IllegalArgumentException("the schema at " + conjunction.shown()
          + " cannot be used: the document is too large,"
          + " or its references combine in too many ways");
    }
    List<Facts> leaves = leaves(conjunction);
    if (leaves.stream().noneMatch(leaf -> leaf.says(Kind.OBJECT) || leaf.says(Kind.ARRAY))) {
      Expr expr = Expr.choice(leaves.stream().map(this::one).toList());
      known.put(key, expr);
      return expr;
    }
    Machine rule = book.declare("the schema at " + conjunction.shown());
    known.put(key, new Expr.Call(rule));
    Expr expr = Expr.choice(leaves.stream().map(this::one).filter(one -> !one.equals(Expr.NOTHING)).toList());
    book.define(rule, expr);
    return new Expr.Call(rule);
  }

  /** The ways to choose among all alternatives. */
  List<Facts> leaves(Conjunction conjunction) {
    return leaves(conjunction, new int[1]);
  }

  /** Counts what it finds, before it is put together: each list of alternatives multiplies the others. */
  private List<Facts> leaves(Conjunction conjunction, int[] found) {
    effort().spend(10);
    Conjunction.Choice choice = conjunction.open();
    if (choice == null) {
      if (++found[0] > MOST_ALTERNATIVES) {
        throw new IllegalArgumentException("the schema at " + conjunction.shown() + " cannot be used: it has more than "
            + MOST_ALTERNATIVES + " alternatives");
      }
      return List.of(new Facts(conjunction));
    }
    List<List<Facts>> branches = new ArrayList<>();
    for (int i = 0; i < choice.size(); i++) {
      Conjunction with = conjunction.with(choice, i);
      branches.add(with == null ? List.of() : leaves(with, found));
    }
    if (choice.keyword().equals("oneOf")) {
      new Exclusion(this).check(choice, branches);
    }
    return branches.stream().flatMap(List::stream).toList();
  }

  private Expr one(Facts facts) {
    effort().spend(100);
    if (facts.nothing()) {
      return json.value();
    }
    if (facts.values() != null) {
      List<Expr> literals = facts.values().stream().filter(value -> new Admission(this).admits(facts, value))
          .map(Literal::of).toList();
      return literals.isEmpty() ? impossible(facts, "no listed value is admitted by the rest of the schema")
          : Expr.choice(literals);
    }
    List<Expr> choices = new ArrayList<>();
    if (facts.may(Kind.NULL)) {
      choices.add(Expr.text("null"));
    }
    if (facts.may(Kind.BOOLEAN)) {
      choices.add(Expr.choice(Expr.text("true"), Expr.text("false")));
    }
    if (facts.may(Kind.INTEGER)) {
      choices.add(number(facts));
    }
    if (facts.may(Kind.STRING)) {
      Expr string = StringText.of(facts, json, effort());
      choices.add(string.equals(Expr.NOTHING) ? impossible(facts, "no string has the length, pattern and format")
          : string);
    }
    if (facts.may(Kind.OBJECT)) {
      choices.add(facts.says(Kind.OBJECT) ? ObjectText.of(facts, this) : json.object());
    }
    if (facts.may(Kind.ARRAY)) {
      choices.add(facts.says(Kind.ARRAY) ? ArrayText.of(facts, this) : json.array());
    }
    choices.removeIf(choice -> choice.equals(Expr.NOTHING));
    return facts.kinds().isEmpty() ? impossible(facts, "the types exclude each other") : Expr.choice(choices);
  }

  private Expr number(Facts facts) {
    boolean fractions = facts.may(Kind.FRACTION);
    NumberRange range = facts.range();
    if (!range.isBounded() && facts.multiples().isEmpty()) {
      return fractions ? json.number() : json.integer();
    }
    try {
      Expr number = NumberText.of(range, facts.multiples(), fractions, effort());
      return number.equals(Expr.NOTHING)
          ? impossible(facts, "no number is in " + range
          + (facts.multiples().isEmpty() ? "" : " and a multiple of " + facts.multiples()))
          : number;
    } catch (Effort.TooLarge e) {
      throw new IllegalArgumentException("the schema at " + facts.shown() + " cannot be used: " + e.getMessage(), e);
    }
  }

  /** All of these schemas together; nothing when one of them is false. */
  @Nullable Conjunction conjunction(List<Place> schemas) {
    return Conjunction.of(document, schemas);
  }

  /** Whether all of these schemas admit a value. */
  boolean admits(List<Place> schemas, JsonNode value) {
    return new Admission(this).admits(Conjunction.of(document, schemas), value);
  }

  /** The values that all of these schemas list and admit, or null when they list none. */
  @Nullable List<JsonNode> values(List<Place> schemas) {
    Conjunction conjunction = Conjunction.of(document, schemas);
    List<JsonNode> values = new ArrayList<>();
    for (Facts leaf : conjunction == null ? List.<Facts>of() : leaves(conjunction)) {
      if (leaf.values() == null) {
        return null;
      }
      leaf.values().stream().filter(value -> new Admission(this).admits(leaf, value)).forEach(values::add);
    }
    return values;
  }

  /** The strings that all of these schemas admit, within quotes. */
  Dfa strings(List<Place> schemas) {
    Conjunction conjunction = Conjunction.of(document, schemas);
    List<Expr> choices = new ArrayList<>();
    for (Facts leaf : conjunction == null ? List.<Facts>of() : leaves(conjunction)) {
      if (leaf.values() != null) {
        leaf.values().stream().filter(JsonNode::isString).filter(value -> new Admission(this).admits(leaf, value))
            .forEach(value -> choices.add(Encoding.JSON_STRING.text(value.asString())));
      } else if (leaf.may(Kind.STRING)) {
        Dfa content = StringText.content(leaf, effort());
        choices.add(content != null ? new Expr.Embedded(content) : new Expr.Repeat(
            Encoding.JSON_STRING.one(CodePoints.ALL), leaf.least("minLength"), leaf.most("maxLength")));
      }
    }
    return Dfa.of(Expr.choice(choices), effort());
  }
}
