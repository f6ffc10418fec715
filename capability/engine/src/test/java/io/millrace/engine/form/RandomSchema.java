// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.form;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Makes schemas at random, of all that is supported; now and then one that admits nothing. */
final class RandomSchema {
  private static final String[] NAMES = {"a", "ab", "abc", "name", "größe", "q\"uote", "back\\slash", "中", "", "x y",
      "b", "tab\t", "0"};
  private static final String[] PATTERNS = {"^[a-z]{2,5}$", "foo", "^\\d+$", "(ab|cd)+$", "^[^\"\\\\]*$",
      "^\\S+@\\S+$", "\"", "^(a|b)*c$|^d$",
      "^\\p{Lu}\\p{Ll}*$", "[一-鿿]{1,3}", ".", "^x?y{0,3}\\.$"};
  private static final String[] FORMATS = {"date", "time", "date-time", "duration", "uuid", "email", "hostname",
      "ipv4", "ipv6", "uri"};

  private final Random random;
  private final ObjectNode definitions = Json.mapper().createObjectNode();
  private final List<String> defined = new ArrayList<>();

  RandomSchema(long seed) {
    random = new Random(seed);
  }

  JsonNode next() {
    ObjectNode root = (ObjectNode) schema(3);
    if (!definitions.isEmpty()) {
      root.set("$defs", definitions);
    }
    return root;
  }

  private boolean maybe() {
    return random.nextBoolean();
  }

  private <T> T any(T[] list) {
    return list[random.nextInt(list.length)];
  }

  private ObjectNode node() {
    return Json.mapper().createObjectNode();
  }

  private JsonNode schema(int depth) {
    ObjectNode made = switch (random.nextInt(depth > 0 ? 17 : 8)) {
      case 0 -> string();
      case 1 -> number("integer");
      case 2 -> number("number");
      case 3 -> node().put("type", any(new String[] {"boolean", "null", "string", "integer", "number"}));
      case 4 -> values();
      case 5 -> types();
      case 6 -> format();
      case 7 -> string();
      case 8, 9, 10 -> object(depth);
      case 11, 12 -> array(depth);
      case 13 -> union(depth);
      case 14 -> all(depth);
      case 15 -> reference(depth);
      default -> either();
    };
    if (random.nextInt(6) == 0) {
      made.put("description", "what it is");
    }
    return made;
  }

  private ObjectNode string() {
    ObjectNode node = node().put("type", "string");
    if (random.nextInt(3) == 0) {
      node.put("pattern", any(PATTERNS));
    }
    if (maybe()) {
      node.put("minLength", random.nextInt(6));
    }
    if (maybe()) {
      node.put("maxLength", 3 + random.nextInt(30));
    }
    return node;
  }

  private ObjectNode format() {
    ObjectNode node = node().put("type", "string").put("format", any(FORMATS));
    if (node.path("format").asString().equals("email")) {
      node.put("pattern", "\\.(com|org|de)$"); // the judge knows which domains there are
    }
    return node;
  }

  private ObjectNode number(String type) {
    ObjectNode node = node().put("type", type);
    BigDecimal least = BigDecimal.valueOf(random.nextInt(4000) - 2000, random.nextInt(4));
    BigDecimal most = least.add(BigDecimal.valueOf(random.nextInt(3000) + 1000, random.nextInt(3)));
    if (maybe()) {
      node.put(maybe() ? "minimum" : "exclusiveMinimum", least);
    }
    if (maybe()) {
      node.put(maybe() ? "maximum" : "exclusiveMaximum", most);
    }
    if (random.nextInt(3) == 0) {
      node.put("multipleOf", new BigDecimal(any(new String[] {"1", "2", "3", "7", "10", "0.5", "0.25", "0.01", "0.3",
          "25"})));
    }
    return node;
  }

  private JsonNode value() {
    return switch (random.nextInt(7)) {
      case 0 -> Json.mapper().getNodeFactory().stringNode(any(NAMES));
      case 1 -> Json.mapper().getNodeFactory().numberNode(random.nextInt(2000) - 1000);
      case 2 -> Json.mapper().getNodeFactory().numberNode(BigDecimal.valueOf(random.nextInt(2000), 2));
      case 3 -> Json.mapper().getNodeFactory().nullNode();
      case 4 -> Json.mapper().getNodeFactory().booleanNode(maybe());
      case 5 -> Json.read("[1,{\"a\":\"b\"},\"\\u00e9\"]", JsonNode.class);
      default -> Json.read("{\"a\":[],\"b\":{\"c\":null}}", JsonNode.class);
    };
  }

  private ObjectNode values() {
    ObjectNode node = node();
    if (random.nextInt(3) == 0) {
      node.set("const", value());
    } else {
      ArrayNode values = node.putArray("enum");
      for (int i = random.nextInt(4); i >= 0; i--) {
        values.add(value());
      }
    }
    return node;
  }

  private ObjectNode types() {
    ObjectNode node = node();
    List<String> types = new ArrayList<>(List.of("null", "boolean", "string", "integer", "number", "object", "array"));
    Collections.shuffle(types, random);
    ArrayNode list = node.putArray("type");
    types.subList(0, 2 + random.nextInt(2)).forEach(list::add);
    if (maybe()) {
      node.put("minLength", 2).put("minimum", 3).put("maxItems", 4);
    }
    return node;
  }

  private ObjectNode object(int depth) {
    ObjectNode node = node().put("type", "object");
    List<String> names = new ArrayList<>(List.of(NAMES));
    Collections.shuffle(names, random);
    names = names.subList(0, random.nextInt(6));
    ObjectNode properties = node();
    ArrayNode required = Json.mapper().createArrayNode();
    for (String name : names) {
      properties.set(name, schema(depth - 1));
      if (maybe()) {
        required.add(name);
      }
    }
    if (!names.isEmpty() || maybe()) {
      node.set("properties", properties);
    }
    if (!required.isEmpty()) {
      node.set("required", required);
    }
    switch (random.nextInt(7)) {
      case 0, 1, 2 -> node.put("additionalProperties", false);
      case 3 -> node.put("additionalProperties", true);
      case 4 -> node.set("additionalProperties", schema(0));
      case 5 -> node.putObject("patternProperties").set(maybe() ? "^x" : "[0-9]$", schema(0));
      default -> { }
    }
    if (random.nextInt(5) == 0) {
      node.put("minProperties", random.nextInt(2 + names.size() / 2));
    }
    if (random.nextInt(5) == 0) {
      node.put("maxProperties", required.size() + random.nextInt(3));
    }
    if (random.nextInt(12) == 0) {
      node.putObject("propertyNames").put("maxLength", 8);
    }
    return node;
  }

  private ObjectNode array(int depth) {
    ObjectNode node = node().put("type", "array");
    if (random.nextInt(5) == 0) {
      node.put("uniqueItems", true).putObject("items").putArray("enum").add(1).add("two").add("zwölf").add(true);
      if (maybe()) {
        node.put("minItems", 2).put("maxItems", 3);
      }
      return node;
    }
    if (random.nextInt(3) == 0) {
      ArrayNode prefix = node.putArray("prefixItems");
      for (int i = random.nextInt(3); i >= 0; i--) {
        prefix.add(schema(depth - 1));
      }
      if (maybe()) {
        node.put("items", false);
      }
    }
    if (!node.has("items") && random.nextInt(4) > 0) {
      node.set("items", schema(depth - 1));
    }
    if (maybe()) {
      node.put("minItems", random.nextInt(4));
    }
    if (maybe()) {
      node.put("maxItems", 2 + random.nextInt(40));
    }
    return node;
  }

  private ObjectNode union(int depth) {
    ObjectNode node = node();
    if (random.nextInt(3) > 0) {
      ArrayNode list = node.putArray("anyOf");
      for (int i = random.nextInt(3); i >= 0; i--) {
        list.add(schema(depth - 1));
      }
      return node;
    }
    ArrayNode list = node.putArray("oneOf");
    for (int i = 0; i < 3; i++) {
      ObjectNode branch = (ObjectNode) object(depth - 1);
      if (!branch.has("properties")) {
        branch.putObject("properties");
      }
      ((ObjectNode) branch.path("properties")).putObject("kind").put("const", "k" + i);
      branch.remove(List.of("maxProperties", "propertyNames"));
      (branch.has("required") ? (ArrayNode) branch.path("required") : branch.putArray("required")).add("kind");
      list.add(branch);
    }
    return node;
  }

  private ObjectNode all(int depth) {
    ObjectNode node = node();
    if (maybe()) {
      node.putArray("allOf").add(object(depth - 1)).add(object(depth - 1));
    } else {
      ObjectNode whole = number("number");
      node.putArray("allOf").add(whole).add(node().put("type", maybe() ? "integer" : "number").put("maximum", 5000));
    }
    return node;
  }

  private ObjectNode reference(int depth) {
    if (defined.size() < 3 && maybe()) {
      String name = "d" + defined.size();
      defined.add(name);
      ObjectNode definition = (ObjectNode) object(depth - 1);
      if (!definition.has("properties")) {
        definition.putObject("properties");
      }
      ((ObjectNode) definition.path("properties")).putObject("next").put("$ref", "#/$defs/" + name);
      definition.remove(List.of("minProperties", "maxProperties"));
      definitions.set(name, definition);
    }
    return defined.isEmpty() ? string() : node().put("$ref", "#/$defs/" + defined.get(random.nextInt(defined.size())));
  }

  private ObjectNode either() {
    ObjectNode node = node().put("type", "string");
    node.putArray("anyOf").add(node().put("maxLength", 2)).add(node().put("pattern", "^[A-F0-9]{6}$"));
    return node;
  }
}
