// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import tools.jackson.databind.JsonNode;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/** A JSON Schema (2020-12) as a whole: finds what its references mean, and refuses keywords that are not supported. */
final class SchemaDocument {
  private static final Set<String> SUPPORTED = Set.of(
      "type", "enum", "const", "nullable", "$ref", "$defs", "definitions", "allOf", "anyOf", "oneOf",
      "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
      "maxProperties",
      "unevaluatedProperties", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "unevaluatedItems",
      "minLength", "maxLength", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
      "multipleOf");
  /** They say something about values, but nothing of which are valid. */
  private static final Set<String> IGNORED = Set.of(
      "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
      "$schema", "$id", "$anchor", "$comment", "contentEncoding", "contentMediaType", "contentSchema",
      "discriminator", "externalDocs", "xml", "strict");

  private final JsonNode root;

  SchemaDocument(JsonNode root) {
    this.root = root;
  }

  Place root() {
    return new Place("", root, null);
  }

  /** Refuses a schema that is none, or says what is not supported. */
  static void check(Place place) {
    if (!place.schema().isObject()) {
      throw new IllegalArgumentException(
          "the schema at " + place.shown() + " cannot be used: it is " + place.schema()
          + ", not an object, true or false");
    }
    for (String keyword : place.schema().propertyNames()) {
      if (!SUPPORTED.contains(keyword) && !IGNORED.contains(keyword) && !keyword.startsWith("x-")) {
        throw place.wrong("'" + keyword + "'", "is not supported; supported are " + SUPPORTED.stream().sorted()
            .toList());
      }
    }
  }

  /**
   * What a place's {@code $ref} points to.
   *
   * @throws IllegalArgumentException when there is nothing, or the way there comes back without a value's part between
   */
  Place referred(Place place) {
    String reference = place.text("$ref");
    String pointer = pointer(place, reference);
    JsonNode found = root.at(pointer);
    if (found.isMissingNode()) {
      throw place.wrong("$ref", "'" + reference + "' points to nothing");
    }
    for (Place before = place; before != null; before = before.from()) {
      if (before.pointer().equals(pointer)) {
        throw place.wrong("$ref", "'" + reference + "' comes back to itself for the same value");
      }
    }
    return new Place(pointer, found, place);
  }

  private String pointer(Place place, String reference) {
    int hash = reference.indexOf('#');
    String base = hash < 0 ? reference : reference.substring(0, hash);
    if (!base.isEmpty() && !base.equals(root.path("$id").asString(""))) {
      throw place.wrong("$ref", "'" + reference
          + "' points to another document, and none are fetched; put it into $defs");
    }
    String fragment = hash < 0 ? "" : decoded(place, reference.substring(hash + 1));
    if (fragment.isEmpty() || fragment.startsWith("/")) {
      return fragment;
    }
    String anchored = anchored(root, "", fragment);
    if (anchored == null) {
      throw place.wrong("$ref", "'" + reference + "' points to nothing");
    }
    return anchored;
  }

  private static String decoded(Place place, String fragment) {
    try {
      return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw place.wrong("$ref", "'#" + fragment + "' is no fragment of a URI");
    }
  }

  private static @org.jspecify.annotations.Nullable String anchored(JsonNode node, String pointer, String anchor) {
    if (node.path("$anchor").asString("").equals(anchor)) {
      return pointer;
    }
    for (int i = 0; i < (node.isArray() ? node.size() : 0); i++) {
      String found = anchored(node.path(i), pointer + "/" + i, anchor);
      if (found != null) {
        return found;
      }
    }
    for (String name : node.propertyNames()) {
      String found = anchored(node.path(name), pointer + "/" + name.replace("~", "~0").replace("/", "~1"), anchor);
      if (found != null) {
        return found;
      }
    }
    return null;
  }
}
