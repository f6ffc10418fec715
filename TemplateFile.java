// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chat template of a Hugging Face folder as it is written there.
 *
 * @param name the file, by which errors call it
 * @param text the Jinja source
 * @param specialTokens what {@code bos_token}, {@code eos_token} and the like are
 */
public record TemplateFile(String name, String text, Map<String, String> specialTokens) {
  private static final List<String> SPECIAL = List.of("bos_token", "eos_token", "unk_token", "pad_token");

  /**
   * Reads {@code chat_template.jinja}, which goes first, or {@code chat_template} of {@code tokenizer_config.json}, of
   * several the one that is called default.
   */
  public static Optional<TemplateFile> of(Path folder) throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    Path configuration = folder.resolve("tokenizer_config.json");
    JsonNode config = read(configuration);
    Map<String, String> special = new LinkedHashMap<>();
    for (JsonNode node : List.of(config, read(folder.resolve("special_tokens_map.json")))) {
      for (String name : SPECIAL) {
        JsonNode token = node.path(name).isObject() ? node.path(name).path("content") : node.path(name);
        if (token.isString()) {
          special.putIfAbsent(name, token.asString());
        }
      }
    }
    if (Files.isRegularFile(file)) {
      return Optional.of(new TemplateFile(file.toString(), Files.readString(file), special));
    }
    return configured(config.path("chat_template"))
        .map(text -> new TemplateFile(configuration + ", chat_template", text, special));
  }

  private static Optional<String> configured(JsonNode template) {
    if (template.isString()) {
      return Optional.of(template.asString());
    }
    for (JsonNode named : template) {
      if (named.path("name").asString("").equals("default")) {
        return Optional.of(named.path("template").asString());
      }
    }
    return Optional.empty();
  }

  private static JsonNode read(Path file) throws IOException {
    return Files.isRegularFile(file) ? Json.tree(Files.readAllBytes(file)) : MissingNode.getInstance();
  }
}
