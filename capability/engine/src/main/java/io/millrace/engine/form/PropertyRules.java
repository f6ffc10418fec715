// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.StringNode;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Which schemas hold for which property of an object. */
final class PropertyRules {
  private final Facts facts;
  private final SchemaCompiler compiler;
  private final Map<String, Dfa> patterns = new LinkedHashMap<>();
  private final Set<String> names = new LinkedHashSet<>();

  PropertyRules(Facts facts, SchemaCompiler compiler) {
    this.facts = facts;
    this.compiler = compiler;
    for (Place place : facts.places()) {
      names.addAll(place.map("properties").keySet());
      place.map("patternProperties")
          .forEach((pattern, _) -> patterns.computeIfAbsent(pattern, p -> automaton(place, p)));
    }
    names.addAll(facts.required());
  }

  private Dfa automaton(Place place, String pattern) {
    try {
      return Dfa.of(RegexReader.read(pattern, false, Encoding.JSON_STRING, compiler.effort()), compiler.effort());
    } catch (IllegalArgumentException e) {
      throw place.wrong("patternProperties", String.valueOf(e.getMessage()));
    }
  }

  /** The listed names, in the order in which they are written. */
  Set<String> names() {
    return names;
  }

  /** The patterns and what matches them within quotes. */
  Map<String, Dfa> patterns() {
    return patterns;
  }

  private static byte[] written(String name) {
    StringBuilder written = new StringBuilder();
    name.codePoints().forEach(c -> {
      if (Encoding.ESCAPED.contains(c)) {
        written.append(Encoding.escape(c));
      } else {
        written.appendCodePoint(c);
      }
    });
    return written.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Whether the text within quotes is such a name. */
  static boolean reads(Dfa automaton, String text) {
    return automaton.reads(written(text));
  }

  /** The schemas of a property. */
  List<Place> of(String name) {
    List<Place> schemas = new ArrayList<>();
    for (Place place : facts.places()) {
      int before = schemas.size();
      Place listed = place.map("properties").get(name);
      if (listed != null) {
        schemas.add(listed);
      }
      place.map("patternProperties").forEach((pattern, schema) -> {
        if (reads(patterns.getOrDefault(pattern, compiler.nothing()), name)) {
          schemas.add(schema);
        }
      });
      if (schemas.size() == before && place.has("additionalProperties")) {
        schemas.add(place.sub("additionalProperties"));
      }
    }
    return schemas;
  }

  /** The schemas of a property that is not listed and matches these patterns; null when there is none of those. */
  @Nullable List<Place> ofOther(Set<String> matched) {
    List<Place> schemas = new ArrayList<>();
    boolean open = facts.places().stream()
        .noneMatch(place -> Stream.of("properties", "required", "patternProperties").anyMatch(place::has));
    for (Place place : facts.places()) {
      boolean evaluated = false;
      for (Map.Entry<String, Place> entry : place.map("patternProperties").entrySet()) {
        if (matched.contains(entry.getKey())) {
          schemas.add(entry.getValue());
          evaluated = true;
        }
      }
      if (!evaluated && place.has("additionalProperties")) {
        schemas.add(place.sub("additionalProperties"));
        evaluated = true;
      }
      open |= evaluated;
    }
    boolean closed = facts.places().stream().anyMatch(place -> {
      if (place.has("unevaluatedProperties") && !place.schema().path("unevaluatedProperties").isBoolean()) {
        throw place.wrong("unevaluatedProperties", "may only be true or false");
      }
      return place.has("unevaluatedProperties") && !place.flag("unevaluatedProperties");
    });
    return open && !closed ? schemas : null;
  }

  /** Whether {@code propertyNames} admits a name. */
  boolean allowsName(String name) {
    List<Place> schemas = nameSchemas();
    return schemas.isEmpty() || compiler.admits(schemas, StringNode.valueOf(name));
  }

  /** What names {@code propertyNames} admits, within quotes; null for any. */
  @Nullable Dfa allowedNames() {
    List<Place> schemas = nameSchemas();
    if (schemas.isEmpty()) {
      return null;
    }
    return compiler.strings(schemas);
  }

  private List<Place> nameSchemas() {
    return facts.places().stream().filter(place -> place.has("propertyNames")).map(place -> place.sub("propertyNames"))
        .filter(place -> !place.schema().equals(BooleanNode.TRUE)).toList();
  }
}
