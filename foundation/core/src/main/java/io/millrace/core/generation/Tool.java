// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import tools.jackson.databind.JsonNode;

import java.util.regex.Pattern;

/**
 * Something that a model may call.
 *
 * @param name letters, digits, {@code _}, {@code .} and {@code -}, at most 64 of them
 * @param description what it does, for the model; may be empty
 * @param parameters JSON Schema of the object of its arguments
 */
public record Tool(String name, String description, JsonNode parameters) {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,64}");

  public Tool {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "tool name '" + name + "' is not 1 to 64 letters, digits, '_', '.' or '-'");
    }
  }
}
