// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.tokenizer;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The chat template that came with a model: {@code chat_template.jinja}, or without it the {@code chat_template} of
 * {@code tokenizer_config.json}, of several the one called "default".
 *
 * @param text Jinja source
 * @param place where it was found, for messages
 * @param specialTokens texts of the special tokens under the names by which templates ask for them, such as
 *     {@code bos_token}
 */
public record TemplateFile(String text, String place, Map<String, String> specialTokens) {
  /** The usual name of the file that holds nothing else. */
  public static final String FILE = "chat_template.jinja";

  private static final String CONFIG = "tokenizer_config.json";

  /** Copies the names. */
  public TemplateFile {
    specialTokens = Map.copyOf(specialTokens);
  }

  /** Looks for a template in a model's folder. */
  public static Optional<TemplateFile> find(Path folder) throws IOException {
    Map<String, String> tokens = new LinkedHashMap<>();
    for (String name : new String[] {"special_tokens_map.json", CONFIG}) {
      tokens.putAll(tokens(json(folder.resolve(name))));
    }
    Path file = folder.resolve(FILE);
    if (Files.isRegularFile(file)) {
      return Optional.of(new TemplateFile(Files.readString(file), file.toString(), tokens));
    }
    JsonNode configured = json(folder.resolve(CONFIG)).path("chat_template");
    String place = folder.resolve(CONFIG) + ", chat_template";
    if (configured.isString()) {
      return Optional.of(new TemplateFile(configured.asString(), place, tokens));
    }
    for (JsonNode named : configured) {
      if (named.path("name").asString("").equals("default")) {
        return Optional.of(new TemplateFile(named.path("template").asString(), place + " 'default'", tokens));
      }
    }
    return Optional.empty();
  }

  private static JsonNode json(Path file) throws IOException {
    return Files.isRegularFile(file) ? Json.tree(Files.readAllBytes(file)) : Json.mapper().createObjectNode();
  }

  /** A token is written as a text, or as an object with its content. */
  private static Map<String, String> tokens(JsonNode json) {
    Map<String, String> tokens = new LinkedHashMap<>();
    json.properties().forEach(entry -> {
      JsonNode content = entry.getValue().isObject() ? entry.getValue().path("content") : entry.getValue();
      if (entry.getKey().endsWith("_token") && content.isString()) {
        tokens.put(entry.getKey(), content.asString());
      }
    });
    return tokens;
  }
}
