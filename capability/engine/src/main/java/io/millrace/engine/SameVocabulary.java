// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine;

import io.millrace.core.json.Json;
import io.millrace.model.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Two models can hand each other tokens only if each id is the same token in both. */
final class SameVocabulary {
  private SameVocabulary() {}

  /**
   * Compares the tokens of two {@code tokenizer.json}, one by one. How they cut texts into tokens may differ.
   *
   * @throws IOException when a file is missing or torn, or they differ, naming both folders and the first token that does
   */
  static void check(Path model, Path draft) throws IOException {
    byte[] one = Files.readAllBytes(model.resolve(Tokenizer.FILE));
    byte[] two = Files.readAllBytes(draft.resolve(Tokenizer.FILE));
    if (Arrays.equals(one, two)) {
      return;
    }
    Map<Integer, String> tokens = tokens(model, one);
    Map<Integer, String> others = tokens(draft, two);
    TreeMap<Integer, String> all = new TreeMap<>(tokens);
    all.putAll(others);
    for (int id : all.keySet()) {
      String token = tokens.get(id);
      String other = others.get(id);
      if (token == null || !token.equals(other)) {
        throw new IOException("token " + id + " is " + quoted(token) + " in " + model + " and " + quoted(other) + " in " + draft
            + "; a draft needs the vocabulary of its model: make it of that model, or take " + draft + " away");
      }
    }
  }

  private static Map<Integer, String> tokens(Path folder, byte[] file) throws IOException {
    Map<Integer, String> tokens = new TreeMap<>();
    try {
      JsonNode json = Json.tree(file);
      for (Map.Entry<String, JsonNode> token : json.path("model").path("vocab").properties()) {
        tokens.put(token.getValue().asInt(), token.getKey());
      }
      for (JsonNode token : json.path("added_tokens")) {
        tokens.put(token.path("id").asInt(), token.path("content").asString());
      }
    } catch (RuntimeException e) {
      throw new IOException(folder.resolve(Tokenizer.FILE) + ": not a tokenizer.json that can be read: " + e.getMessage(), e);
    }
    return tokens;
  }

  private static String quoted(@Nullable String token) {
    return token == null ? "absent" : "'" + token + "'";
  }
}
