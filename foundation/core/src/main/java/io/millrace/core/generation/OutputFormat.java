// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.generation;

import tools.jackson.databind.JsonNode;

/** The form that an answer has, whatever the model would rather write. */
public sealed interface OutputFormat {
  /** Any text. */
  OutputFormat TEXT = new FreeText();

  /** Any JSON object. */
  OutputFormat JSON = new JsonObject();

  /** Any text. */
  record FreeText() implements OutputFormat {}

  /** Any JSON object. */
  record JsonObject() implements OutputFormat {}

  /**
   * JSON that a schema admits.
   *
   * @param schema JSON Schema, 2020-12; keywords that are not supported are refused when the request is taken
   */
  record JsonSchema(JsonNode schema) implements OutputFormat {}

  /** A text that a regular expression matches as a whole. */
  record Regex(String pattern) implements OutputFormat {}

  /** A text of the language of a grammar, written as in GBNF; its first rule is {@code root}. */
  record Grammar(String rules) implements OutputFormat {}
}
