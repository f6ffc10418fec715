// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

import java.nio.charset.StandardCharsets;

/**
 * Writes and reads records as JSON: times as ISO 8601, unknown properties ignored, so that old readers live on. Equal values
 * are equal bytes: maps without an order of their own are written by key.
 */
public final class Json {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .addModule(new SimpleModule("maps by key").setSerializerModifier(new OrderedMaps()))
          .build();
  private static final JsonMapper PRETTY =
      MAPPER.rebuild().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Json() {}

  /** Returns the mapper itself, for streaming. */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /** Writes a value on one line. */
  public static String write(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /** Writes a value on several lines, for files that people read. */
  public static String writePretty(Object value) {
    return PRETTY.writeValueAsString(value);
  }

  /** Writes a value as UTF-8. */
  public static byte[] bytes(Object value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException when the text is no such value, with the place
   */
  public static <T> T read(String text, Class<T> type) {
    try {
      return MAPPER.readValue(text, type);
    } catch (JacksonException e) {
      throw refusal(type, e);
    }
  }

  /**
   * Reads a value from UTF-8.
   *
   * @throws IllegalArgumentException when the bytes are no such value, with the place
   */
  public static <T> T read(byte[] utf8, Class<T> type) {
    try {
      return MAPPER.readValue(utf8, type);
    } catch (JacksonException e) {
      throw refusal(type, e);
    }
  }

  /** Reads a tree. */
  public static JsonNode tree(byte[] utf8) {
    return read(new String(utf8, StandardCharsets.UTF_8), JsonNode.class);
  }

  private static IllegalArgumentException refusal(Class<?> type, JacksonException e) {
    return new IllegalArgumentException(
        "not a valid " + type.getSimpleName() + ": " + e.getOriginalMessage(), e);
  }
}
