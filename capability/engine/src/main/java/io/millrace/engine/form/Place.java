// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A schema within a schema document; two are equal when they are at the same place.
 *
 * @param pointer JSON pointer from the document's root
 * @param from the place that holds for the same value and led here, by reference or as one of its alternatives
 */
record Place(String pointer, JsonNode schema, @Nullable Place from) {
  /** A schema within this one, for the same value. */
  Place beside(String keyword, int index) {
    return new Place(pointer + "/" + keyword + "/" + index, schema.path(keyword).path(index), this);
  }

  boolean has(String keyword) {
    return schema.has(keyword);
  }

  /** A schema within this one, for a part of the value. */
  Place sub(String keyword) {
    return new Place(pointer + "/" + keyword, schema.path(keyword), null);
  }

  /** The schemas of a list, for the same value or parts of it. */
  List<Place> list(String keyword) {
    List<Place> places = new ArrayList<>();
    JsonNode list = schema.path(keyword);
    if (has(keyword) && !(list.isArray() && (!list.isEmpty() || keyword.equals("prefixItems")))) {
      throw wrong(keyword, "must be a list of schemas");
    }
    for (int i = 0; i < list.size(); i++) {
      places.add(new Place(pointer + "/" + keyword + "/" + i, list.path(i), null));
    }
    return places;
  }

  /** The schemas of an object, by name. */
  Map<String, Place> map(String keyword) {
    Map<String, Place> places = new LinkedHashMap<>();
    JsonNode map = schema.path(keyword);
    if (has(keyword) && !map.isObject()) {
      throw wrong(keyword, "must be an object of schemas");
    }
    map.properties().forEach(entry -> places.put(entry.getKey(),
        new Place(pointer + "/" + keyword + "/" + entry.getKey().replace("~", "~0").replace("/", "~1"),
        entry.getValue(), null)));
    return places;
  }

  /** A number, if there is one. */
  @Nullable BigDecimal number(String keyword) {
    if (!has(keyword)) {
      return null;
    }
    if (!schema.path(keyword).isNumber()) {
      throw wrong(keyword, "must be a number");
    }
    BigDecimal number = schema.path(keyword).decimalValue();
    if (Math.abs((long) number.precision() - number.scale()) > 300 || Math.abs((long) number.scale()) > 300) {
      throw wrong(keyword, "is a number of too many digits");
    }
    return number;
  }

  /** A count, or another one where there is none. */
  int count(String keyword, int otherwise) {
    BigDecimal number = number(keyword);
    if (number == null) {
      return otherwise;
    }
    if (number.signum() < 0 || number.stripTrailingZeros().scale() > 0) {
      throw wrong(keyword, "must be a whole number from 0 on");
    }
    return number.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue();
  }

  /** Whether a switch is on. */
  boolean flag(String keyword) {
    if (has(keyword) && !schema.path(keyword).isBoolean()) {
      throw wrong(keyword, "must be true or false");
    }
    return schema.path(keyword).asBoolean(false);
  }

  /** A text; empty where there is none. */
  String text(String keyword) {
    if (has(keyword) && !schema.path(keyword).isString()) {
      throw wrong(keyword, "must be a string");
    }
    return schema.path(keyword).asString("");
  }

  /** Texts, given as a list, or as one text where that is allowed. */
  List<String> texts(String keyword, boolean orOne) {
    JsonNode given = schema.path(keyword);
    if (orOne && given.isString()) {
      return List.of(given.asString());
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode item : given) {
      if (!item.isString()) {
        throw wrong(keyword, "must be a list of strings");
      }
      texts.add(item.asString());
    }
    if (has(keyword) && !given.isArray()) {
      throw wrong(keyword, "must be a list of strings");
    }
    return texts;
  }

  /** What is wrong with a keyword's value. */
  IllegalArgumentException wrong(String keyword, String why) {
    return new IllegalArgumentException("the schema at " + shown() + " cannot be used: " + keyword + " " + why);
  }

  /** The pointer as a fragment, which is also readable for the root. */
  String shown() {
    return "#" + pointer;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Place place && pointer.equals(place.pointer);
  }

  @Override
  public int hashCode() {
    return pointer.hashCode();
  }
}
