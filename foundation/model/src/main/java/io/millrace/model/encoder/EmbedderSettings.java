// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.json.Json;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How an encoder in a Hugging Face folder embeds texts, in {@value #FILE}: what that format does not say.
 *
 * @param model a name, part of every vector's provenance
 * @param queryInstruction put before a question; empty for nothing
 * @param maxLength tokens, beyond which texts are cut
 */
public record EmbedderSettings(String model, String queryInstruction, int maxLength) {
  /** The file beside the weights. */
  public static final String FILE = "embedder.json";

  /** Checks the ranges. */
  public EmbedderSettings {
    if (model.isBlank()) {
      throw new IllegalArgumentException("an embedder needs a name");
    }
    if (maxLength < 2) {
      throw new IllegalArgumentException("embedder '" + model + "': maxLength " + maxLength + " must be at least 2");
    }
  }

  /**
   * Reads those of a folder.
   *
   * @throws IllegalArgumentException when there are none, with the remedy
   */
  public static EmbedderSettings read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " has no " + FILE + ": make an embedder with 'millrace train embedder', or open another one with its settings");
    }
    return Json.read(Files.readAllBytes(file), EmbedderSettings.class);
  }
}
