// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * JSON objects: the listed properties in the order in which they are listed, those that are not required at will; then,
 * where the schema speaks of them, others.
 */
final class ObjectText {
  private static final int MOST_PATTERNS = 6;

  private final Facts facts;
  private final SchemaCompiler compiler;
  private final PropertyRules rules;

  private ObjectText(Facts facts, SchemaCompiler compiler) {
    this.facts = facts;
    this.compiler = compiler;
    rules = new PropertyRules(facts, compiler);
  }

  /** Reads the objects that the facts admit; {@link Expr#NOTHING} when there are none. */
  static Expr of(Facts facts, SchemaCompiler compiler) {
    return new ObjectText(facts, compiler).read();
  }

  private Expr read() {
    int least = facts.least("minProperties");
    int most = facts.most("maxProperties");
    Set<String> required = facts.required();
    List<Expr.Part> parts = new ArrayList<>();
    for (String name : rules.names()) {
      Expr value = rules.allowsName(name) ? compiler.all(rules.of(name)) : Expr.NOTHING;
      if (!value.equals(Expr.NOTHING)) {
        parts.add(new Expr.Part(
            Expr.sequence(Literal.name(name), JsonRules.COLON, value), required.contains(name), false));
      } else if (required.contains(name)) {
        return compiler.impossible(facts, "the required property '" + name + "' can have no value");
      }
    }
    Expr other = Expr.choice(others());
    boolean open = !other.equals(Expr.NOTHING);
    if (open && most == Expr.ANY_NUMBER) {
      // Others may have the same name, so they count as one.
      other = Expr.sequence(other, Expr.star(Expr.sequence(JsonRules.COMMA, other)));
      parts.add(new Expr.Part(other, false, false));
    } else if (open) {
      parts.add(new Expr.Part(other, false, true));
    }
    if (open && least > 1 && (most != Expr.ANY_NUMBER || least > parts.size())) {
      throw new IllegalArgumentException("the schema at " + facts.shown() + " cannot be used: minProperties " + least
          + " where others than the listed properties are allowed; list them, or leave it out");
    }
    if (most != Expr.ANY_NUMBER && most < Math.max(least, required.size()) || !open && least > parts.size()) {
      return compiler.impossible(facts, "no object has at least " + Math.max(least, required.size()) + " and at most "
          + (open || most != Expr.ANY_NUMBER ? most : parts.size()) + " properties");
    }
    return Expr.sequence(Expr.text("{"), new Expr.Joined(parts, JsonRules.COMMA, least, most), Expr.text("}"));
  }

  /** Properties that are not listed, by which patterns their names match. */
  private List<Expr> others() {
    List<Expr> others = new ArrayList<>();
    Map<String, Dfa> patterns = rules.patterns();
    if (patterns.size() > MOST_PATTERNS) {
      throw new IllegalArgumentException("the schema at " + facts.shown()
          + " cannot be used: patternProperties of more than "
          + MOST_PATTERNS + " patterns");
    }
    for (int subset = 0; subset < 1 << patterns.size(); subset++) {
      Set<String> matched = new LinkedHashSet<>();
      int i = 0;
      for (String pattern : patterns.keySet()) {
        if ((subset >> i++ & 1) == 1) {
          matched.add(pattern);
        }
      }
      List<Place> schemas = rules.ofOther(matched);
      if (schemas != null) {
        Expr value = compiler.all(schemas);
        Expr name = value.equals(Expr.NOTHING) ? Expr.NOTHING : otherName(patterns, matched);
        if (!name.equals(Expr.NOTHING)) {
          others.add(Expr.sequence(name, JsonRules.COLON, value));
        }
      }
    }
    return others;
  }

  /** Names that are not listed, and match just these patterns. */
  private Expr otherName(Map<String, Dfa> patterns, Set<String> matched) {
    Dfa allowed = rules.allowedNames();
    if (patterns.isEmpty() && allowed == null) {
      return Expr.sequence(JsonRules.QUOTE,
          notListed(rules.names().stream().map(name -> name.codePoints().toArray()).toList(), 0));
    }
    Effort effort = compiler.effort();
    Dfa names = allowed != null ? allowed : Dfa.of(Expr.star(Encoding.JSON_STRING.one(CodePoints.ALL)), effort);
    for (Map.Entry<String, Dfa> pattern : patterns.entrySet()) {
      names = matched.contains(pattern.getKey()) ? names.and(pattern.getValue(), effort)
          : names.minus(pattern.getValue(), effort);
    }
    List<Expr> listed = rules.names().stream().map(Encoding.JSON_STRING::text).toList();
    names = names.minus(Dfa.of(Expr.choice(listed), effort), effort);
    return names.isEmpty() ? Expr.NOTHING : Expr.sequence(JsonRules.QUOTE, new Expr.Embedded(names), JsonRules.QUOTE);
  }

  /** The rest of a name that differs from all these, which are the same up to {@code at}. */
  private Expr notListed(List<int[]> listed, int at) {
    Map<Integer, List<int[]>> byNext = new TreeMap<>();
    listed.stream().filter(name -> name.length > at)
        .forEach(name -> byNext.computeIfAbsent(name[at], _ -> new ArrayList<>()).add(name));
    CodePoints next = byNext.keySet().stream().map(CodePoints::of).reduce(CodePoints.NONE, CodePoints::or);
    List<Expr> choices = new ArrayList<>();
    choices.add(Expr.sequence(Encoding.JSON_STRING.one(next.not()), compiler.json().endOfName()));
    if (listed.stream().noneMatch(name -> name.length == at)) {
      choices.add(JsonRules.QUOTE);
    }
    byNext.forEach((c, names) ->
        choices.add(Expr.sequence(Encoding.JSON_STRING.one(CodePoints.of(c)), notListed(names, at + 1))));
    return Expr.choice(choices);
  }
}
