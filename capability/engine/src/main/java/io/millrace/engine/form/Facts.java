// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a conjunction without open alternatives says of a value, its schemas taken together. */
final class Facts {
  /** What a value can be; a number with a whole value is an {@link #INTEGER}. */
  enum Kind { NULL, BOOLEAN, OBJECT, ARRAY, STRING, INTEGER, FRACTION }

  private static final Map<String, Set<Kind>> TYPES = Map.of(
      "null", EnumSet.of(Kind.NULL), "boolean", EnumSet.of(Kind.BOOLEAN),
      "object", EnumSet.of(Kind.OBJECT), "array", EnumSet.of(Kind.ARRAY), "string", EnumSet.of(Kind.STRING),
      "integer", EnumSet.of(Kind.INTEGER), "number", EnumSet.of(Kind.INTEGER, Kind.FRACTION));
  private static final Map<Kind, List<String>> KEYWORDS = Map.of(
      Kind.OBJECT, List.of("properties", "required", "additionalProperties", "patternProperties", "propertyNames",
          "minProperties", "maxProperties", "unevaluatedProperties"),
      Kind.ARRAY, List.of("items", "prefixItems", "minItems", "maxItems", "uniqueItems", "unevaluatedItems"),
      Kind.STRING, List.of("minLength", "maxLength", "pattern"),
      Kind.FRACTION, List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"));
  private static final Set<String> NUMBER_FORMATS = Set.of("int32", "int64", "float", "double");

  private final Conjunction conjunction;
  private final Set<Kind> kinds;
  private final @Nullable List<JsonNode> values;

  Facts(Conjunction conjunction) {
    this.conjunction = conjunction;
    kinds = EnumSet.allOf(Kind.class);
    List<JsonNode> allowed = null;
    boolean typed = false;
    for (Place place : places()) {
      if (place.has("type")) {
        typed = true;
        kinds.retainAll(kinds(place));
      }
      for (String keyword : List.of("const", "enum")) {
        if (place.has(keyword)) {
          List<JsonNode> given = values(place, keyword);
          allowed = allowed == null ? given : allowed.stream().filter(value -> Literal.in(given, value)).toList();
        }
      }
    }
    values = allowed;
    if (!typed && values == null) {
      inferKinds();
    }
  }

  private static Set<Kind> kinds(Place place) {
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (String type : place.texts("type", true)) {
      Set<Kind> named = TYPES.get(type);
      if (named == null) {
        throw place.wrong("type", "'" + type + "' is none of " + TYPES.keySet().stream().sorted().toList());
      }
      kinds.addAll(named);
    }
    if (place.flag("nullable")) {
      kinds.add(Kind.NULL);
    }
    return kinds;
  }

  private static List<JsonNode> values(Place place, String keyword) {
    JsonNode given = place.schema().path(keyword);
    if (keyword.equals("const")) {
      return List.of(given);
    }
    if (!given.isArray() || given.isEmpty()) {
      throw place.wrong("enum", "must be a list of values");
    }
    List<JsonNode> values = new ArrayList<>();
    given.forEach(values::add);
    return values;
  }

  /** Who writes about properties without saying "object" means an object. */
  private void inferKinds() {
    Set<Kind> meant = EnumSet.noneOf(Kind.class);
    KEYWORDS.forEach((kind, keywords) -> {
      if (places().stream().anyMatch(place -> keywords.stream().anyMatch(place::has))) {
        meant.add(kind);
      }
    });
    if (meant.contains(Kind.FRACTION)) {
      meant.add(Kind.INTEGER);
    }
    if (!formats().isEmpty()) {
      meant.add(Kind.STRING);
    }
    if (!meant.isEmpty()) {
      kinds.retainAll(meant);
    }
  }

  Conjunction conjunction() {
    return conjunction;
  }

  List<Place> places() {
    return conjunction.places();
  }

  Set<Kind> kinds() {
    return kinds;
  }

  boolean may(Kind kind) {
    return kinds.contains(kind);
  }

  /** The only values, if they are listed. */
  @Nullable List<JsonNode> values() {
    return values;
  }

  /** Whether one of the schemas has such a keyword. */
  boolean says(Kind kind) {
    return places().stream().anyMatch(place -> KEYWORDS.getOrDefault(kind, List.of()).stream().anyMatch(place::has));
  }

  /** Whether it says nothing: any value is meant. */
  boolean nothing() {
    return values == null && kinds.size() == Kind.values().length;
  }

  /** The highest of a keyword's counts. */
  int least(String keyword) {
    return places().stream().mapToInt(place -> place.count(keyword, 0)).max().orElse(0);
  }

  /** The lowest of a keyword's counts, or {@link Expr#ANY_NUMBER}. */
  int most(String keyword) {
    int most = places().stream().mapToInt(place -> place.count(keyword, Integer.MAX_VALUE)).min()
        .orElse(Integer.MAX_VALUE);
    return most == Integer.MAX_VALUE ? Expr.ANY_NUMBER : most;
  }

  /** The numbers that the bounds admit. */
  NumberRange range() {
    NumberRange range = NumberRange.ALL;
    for (Place place : places()) {
      range = range.and(NumberRange.from(place.number("minimum"), true))
          .and(NumberRange.from(place.number("exclusiveMinimum"), false))
          .and(NumberRange.to(place.number("maximum"), true))
          .and(NumberRange.to(place.number("exclusiveMaximum"), false));
      range = switch (place.text("format")) {
        case "int32" -> range.and(NumberRange.between(Integer.MIN_VALUE, Integer.MAX_VALUE));
        case "int64" -> range.and(NumberRange.between(Long.MIN_VALUE, Long.MAX_VALUE));
        default -> range;
      };
    }
    return range;
  }

  /** What numbers are multiples of. */
  List<BigDecimal> multiples() {
    List<BigDecimal> multiples = new ArrayList<>();
    for (Place place : places()) {
      BigDecimal multiple = place.number("multipleOf");
      if (multiple != null) {
        if (multiple.signum() <= 0) {
          throw place.wrong("multipleOf", "must be above 0");
        }
        multiples.add(multiple);
      }
    }
    return multiples;
  }

  /** Formats of strings and where they are asked for. */
  List<Place> formats() {
    return places().stream().filter(place -> place.has("format") && !NUMBER_FORMATS.contains(place.text("format")))
        .toList();
  }

  List<Place> patterns() {
    return places().stream().filter(place -> place.has("pattern")).toList();
  }

  /** Names of properties that must be there. */
  Set<String> required() {
    Set<String> required = new LinkedHashSet<>();
    places().forEach(place -> required.addAll(place.texts("required", false)));
    return required;
  }

  /** Where the value is in the schema, for messages. */
  String shown() {
    return conjunction.shown();
  }
}
