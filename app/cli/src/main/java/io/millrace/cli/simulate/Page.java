// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import io.millrace.core.document.Language;
import tools.jackson.databind.JsonNode;

/**
 * A page that the simulation has seen in an answer of the gateway.
 *
 * @param document its identity
 * @param title shown to people
 * @param heading of the passage that was found; may be empty
 * @param library outermost part of its place
 */
record Page(String document, String title, String heading, String library, Language language) {

  /** Reads a search hit or a recommended item. */
  static Page of(JsonNode item) {
    String document = item.path("document").asString("");
    String title = item.path("title").asString(document);
    String library = item.path("path").path(0).asString(document.replaceFirst("/.*", ""));
    String language = item.path("language").asString("");
    return new Page(
        document,
        title,
        item.path("heading").asString(""),
        library,
        language.isEmpty() ? Language.of(title + item.path("text").asString("")) : Language.ofCode(language));
  }
}
