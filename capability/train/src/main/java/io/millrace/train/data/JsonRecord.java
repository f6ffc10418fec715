// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * One object of a data file, which knows where it stands.
 *
 * @param json an object
 */
record JsonRecord(Place place, JsonNode json) {

  /** Where in a file something is. */
  record Place(Path file, String unit, long number) {
    IllegalArgumentException refusal(String why) {
      return new IllegalArgumentException("%s, %s %d: %s".formatted(file, unit, number, why));
    }
  }

  boolean has(String key) {
    return json.has(key) && !json.get(key).isNull();
  }

  boolean hasAll(String... keys) {
    for (String key : keys) {
      if (!has(key)) {
        return false;
      }
    }
    return true;
  }

  /** The text under a key, which must be there. */
  String text(String key) {
    return text(key, json.get(key));
  }

  /** The text under a key, or "" where it is missing or null. */
  String textOrEmpty(String key) {
    return has(key) ? text(key) : "";
  }

  String text(String key, @Nullable JsonNode value) {
    if (value == null || !value.isString()) {
      throw place.refusal("'" + key + "' must be a text, found " + brief(value));
    }
    return value.asString();
  }

  /** The elements of an array. */
  List<JsonNode> array(String key) {
    JsonNode value = json.get(key);
    if (value == null || !value.isArray()) {
      throw place.refusal("'" + key + "' must be a list, found " + brief(value));
    }
    List<JsonNode> elements = new ArrayList<>();
    value.forEach(elements::add);
    return elements;
  }

  /** A text, or a list of texts. */
  List<String> texts(String key) {
    if (json.path(key).isString()) {
      return List.of(text(key));
    }
    return array(key).stream().map(element -> text(key, element)).toList();
  }

  /** A yes or no, in the ways in which people write it. */
  boolean yes(String key) {
    JsonNode value = json.get(key);
    if (value != null && value.isBoolean()) {
      return value.booleanValue();
    }
    String text = value == null ? "" : value.asString("");
    return switch (text) {
      case "1", "true", "True" -> true;
      case "0", "false", "False" -> false;
      default -> throw place.refusal("'" + key + "' must be true or false, found " + brief(value));
    };
  }

  /** Says what was expected and which keys the object has instead. */
  IllegalArgumentException unknownShape(String expected) {
    return place.refusal("expected " + expected + "; found the keys " + new TreeSet<>(json.propertyNames()));
  }

  static String brief(@Nullable JsonNode value) {
    if (value == null) {
      return "nothing";
    }
    String text = value.toString();
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }
}
