// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The fields of a JSON object that a client sent. What does not fit is refused with the field's full name, what it
 * is, and what it should be.
 *
 * @param node the object
 * @param prefix its own name with a dot behind it; empty for the whole body
 */
public record Fields(JsonNode node, String prefix) {

  private static final int SHOWN = 60;

  /** Returns whether a field is there and not null. */
  public boolean has(String name) {
    return node.hasNonNull(name);
  }

  /** Returns a field's full name. */
  public String name(String name) {
    return prefix + name;
  }

  /** Returns a text that must be there and not blank. */
  public String text(String name, int longest) {
    return optionalText(name, longest)
        .filter(text -> !text.isBlank())
        .orElseThrow(() -> Refusal.badRequest(name(name), name(name) + " is missing or blank: it must be a text"));
  }

  /** Returns a text, if it is there. */
  public Optional<String> optionalText(String name, int longest) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    return Optional.of(text(value, name(name), longest));
  }

  /** Returns a value as text, refusing other types and texts that are too long or broken. */
  public static String text(JsonNode value, String name, int longest) {
    if (!value.isString()) {
      throw Refusal.badRequest(name, name + " is " + shown(value) + ": it must be a text");
    }
    String text = value.asString();
    if (text.length() > longest) {
      throw Refusal.tooLong(name, name + " has " + text.length() + " characters: at most " + longest + " are allowed");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw Refusal.badRequest(name, name + " has half a character (an unpaired surrogate) at position " + i);
      }
    }
    return text;
  }

  /** Returns a whole number within limits. */
  public int integer(String name, int least, int most, int otherwise) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return otherwise;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.asInt() < least || value.asInt() > most) {
      throw Refusal.badRequest(
          name(name), name(name) + " is " + shown(value) + ": it must be a whole number from " + least + " to " + most);
    }
    return value.asInt();
  }

  /** Returns a whole number of any size that a long can hold, if it is there. */
  public OptionalLong optionalLong(String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw Refusal.badRequest(name(name), name(name) + " is " + shown(value) + ": it must be a whole number");
    }
    return OptionalLong.of(value.asLong());
  }

  /** Returns a number within limits. */
  public double number(String name, double least, double most, double otherwise) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return otherwise;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= least && number <= most)) {
      throw Refusal.badRequest(
          name(name), name(name) + " is " + shown(value) + ": it must be a number from " + least + " to " + most);
    }
    return number;
  }

  /** Returns a truth value. */
  public boolean flag(String name, boolean otherwise) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw Refusal.badRequest(name(name), name(name) + " is " + shown(value) + ": it must be true or false");
    }
    return value.asBoolean();
  }

  /** Returns the elements of a list; none when it is not there. */
  public List<JsonNode> list(String name, int most) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return List.of();
    }
    if (!value.isArray()) {
      throw Refusal.badRequest(name(name), name(name) + " is " + shown(value) + ": it must be a list");
    }
    if (value.size() > most) {
      throw Refusal.badRequest(
          name(name), name(name) + " has " + value.size() + " elements: at most " + most + " are allowed");
    }
    List<JsonNode> elements = new ArrayList<>();
    value.forEach(elements::add);
    return elements;
  }

  /** Returns the elements of a list of objects. */
  public List<Fields> objects(String name, int most) {
    List<Fields> objects = new ArrayList<>();
    for (JsonNode element : list(name, most)) {
      String place = name(name) + "[" + objects.size() + "]";
      if (!element.isObject()) {
        throw Refusal.badRequest(place, place + " is " + shown(element) + ": it must be an object");
      }
      objects.add(new Fields(element, place + "."));
    }
    return objects;
  }

  /** Returns the elements of a list of texts. */
  public List<String> texts(String name, int most, int longest) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : list(name, most)) {
      texts.add(text(element, name(name) + "[" + texts.size() + "]", longest));
    }
    return texts;
  }

  /** Returns an object, if it is there. */
  public Optional<Fields> object(String name) {
    JsonNode value = node.get(name);
    if (value == null || value.isNull()) {
      return Optional.empty();
    }
    if (!value.isObject()) {
      throw Refusal.badRequest(name(name), name(name) + " is " + shown(value) + ": it must be an object");
    }
    return Optional.of(new Fields(value, name(name) + "."));
  }

  /** Returns a value as it is quoted in messages. */
  static String shown(JsonNode value) {
    String text = value.isContainer() ? (value.isArray() ? "a list" : "an object") : value.toString();
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
  }
}
