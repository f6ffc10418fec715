// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.json;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.dataformat.yaml.YAMLMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Reads YAML that people write: an unknown key is an error that lists the known ones. */
public final class Yaml {

  private static final YAMLMapper MAPPER =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private Yaml() {}

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException when it is missing or does not fit, naming file, line, key and remedy
   */
  public static <T> T read(Path file, Class<T> type) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e, e);
    }
    try {
      return MAPPER.readValue(text, type);
    } catch (UnrecognizedPropertyException e) {
      String known =
          e.getKnownPropertyIds().stream().map(String::valueOf).sorted().collect(Collectors.joining(", "));
      throw new IllegalArgumentException(
          place(file, e, text) + ": unknown key '" + path(e) + "'; known here: " + known, e);
    } catch (DatabindException e) {
      Throwable cause = e.getCause();
      String message =
          cause instanceof IllegalArgumentException && cause.getMessage() != null
              ? cause.getMessage()
              : e.getOriginalMessage();
      throw new IllegalArgumentException(
          place(file, e, text) + ": " + (e.getPath().isEmpty() ? "" : path(e) + ": ") + message, e);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(place(file, e, text) + ": " + e.getOriginalMessage(), e);
    }
  }

  /** Names file and line: of what the error names, which may have begun long before the place where the parser stands. */
  private static String place(Path file, JacksonException e, String text) {
    int line = e instanceof DatabindException binding ? YamlLines.of(binding.getPath(), text, MAPPER) : -1;
    if (line < 1 && e.getLocation() != null) {
      line = e.getLocation().getLineNr();
    }
    return line < 1 ? file.toString() : file + ", line " + line;
  }

  private static String path(DatabindException e) {
    return e.getPath().stream()
        .map(r -> r.getPropertyName() != null ? r.getPropertyName() : "[" + r.getIndex() + "]")
        .collect(Collectors.joining("."));
  }
}
