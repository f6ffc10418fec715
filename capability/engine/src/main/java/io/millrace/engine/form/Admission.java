// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.engine.form.Facts.Kind;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;

/**
 * Decides whether schemas admit a given value: which of the values of an {@code enum} the rest of the schema leaves.
 */
final class Admission {
  private final SchemaCompiler compiler;

  Admission(SchemaCompiler compiler) {
    this.compiler = compiler;
  }

  /** Whether a conjunction, if there is any, admits a value. */
  boolean admits(@Nullable Conjunction conjunction, JsonNode value) {
    return conjunction != null && compiler.leaves(conjunction).stream().anyMatch(leaf -> admits(leaf, value));
  }

  boolean admits(Facts facts, JsonNode value) {
    compiler.effort().spend(10);
    Kind kind = kind(value);
    List<JsonNode> listed = facts.values();
    if (!facts.may(kind) || listed != null && !Literal.in(listed, value)) {
      return false;
    }
    return switch (kind) {
      case NULL, BOOLEAN -> true;
      case INTEGER, FRACTION -> number(facts, value.decimalValue());
      case STRING -> string(facts, value.asString());
      case ARRAY -> array(facts, value);
      case OBJECT -> object(facts, value);
    };
  }

  static Kind kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case NULL -> Kind.NULL;
      case BOOLEAN -> Kind.BOOLEAN;
      case STRING -> Kind.STRING;
      case ARRAY -> Kind.ARRAY;
      case OBJECT -> Kind.OBJECT;
      case NUMBER -> value.decimalValue().stripTrailingZeros().scale() <= 0 ? Kind.INTEGER : Kind.FRACTION;
      default -> throw new IllegalArgumentException("a schema cannot list " + value);
    };
  }

  private static boolean number(Facts facts, BigDecimal number) {
    return facts.range().contains(number) && facts.multiples().stream()
        .allMatch(m -> number.remainder(m).signum() == 0);
  }

  private boolean string(Facts facts, String text) {
    int length = text.codePointCount(0, text.length());
    int most = facts.most("maxLength");
    if (length < facts.least("minLength") || most != Expr.ANY_NUMBER && length > most) {
      return false;
    }
    Dfa content = StringText.content(facts, compiler.effort());
    return content == null || PropertyRules.reads(content, text);
  }

  private boolean array(Facts facts, JsonNode array) {
    int most = facts.most("maxItems");
    if (array.size() < facts.least("minItems") || most != Expr.ANY_NUMBER && array.size() > most) {
      return false;
    }
    boolean different = facts.places().stream().anyMatch(place -> place.flag("uniqueItems"));
    for (int i = 0; i < array.size(); i++) {
      JsonNode item = array.path(i);
      for (int j = 0; different && j < i; j++) {
        if (Literal.same(array.path(j), item)) {
          return false;
        }
      }
      if (!compiler.admits(ArrayText.of(facts, i), item)) {
        return false;
      }
    }
    return facts.places().stream().noneMatch(place -> place.has("unevaluatedItems"))
        || array.size() <= ArrayText.mostItems(facts);
  }

  private boolean object(Facts facts, JsonNode object) {
    PropertyRules rules = new PropertyRules(facts, compiler);
    int most = facts.most("maxProperties");
    Set<String> required = facts.required();
    if (object.size() < facts.least("minProperties") || most != Expr.ANY_NUMBER && object.size() > most
        || !object.propertyNames().containsAll(required)) {
      return false;
    }
    boolean closed = facts.places().stream().anyMatch(place -> place.has("unevaluatedProperties"));
    return object.properties().stream().allMatch(entry -> rules.allowsName(entry.getKey())
        && (!closed || rules.names().contains(entry.getKey()))
        && compiler.admits(rules.of(entry.getKey()), entry.getValue()));
  }
}
