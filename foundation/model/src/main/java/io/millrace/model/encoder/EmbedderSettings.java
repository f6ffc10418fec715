// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.json.Json;
import io.millrace.core.spi.CosineScale;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How an encoder in a Hugging Face folder embeds texts, in {@value #FILE}: what that format does not say.
 *
 * @param model a name, part of every vector's provenance
 * @param queryInstruction put before a question; empty for nothing
 * @param maxLength tokens, beyond which texts are cut
 * @param cosines on which scale its cosines are to be read; {@link CosineScale#PLAIN} where the file does not say
 */
public record EmbedderSettings(String model, String queryInstruction, int maxLength, CosineScale cosines) {
  /** The file beside the weights. */
  public static final String FILE = "embedder.json";

  /** Checks the ranges. */
  public EmbedderSettings(String model, String queryInstruction, int maxLength, @Nullable CosineScale cosines) {
    if (model.isBlank()) {
      throw new IllegalArgumentException("an embedder needs a name");
    }
    if (maxLength < 2) {
      throw new IllegalArgumentException("embedder '" + model + "': maxLength " + maxLength + " must be at least 2");
    }
    this.model = model;
    this.queryInstruction = queryInstruction;
    this.maxLength = maxLength;
    this.cosines = cosines == null ? CosineScale.PLAIN : cosines;
  }

  /** Settings of one whose cosines are read as they are. */
  public EmbedderSettings(String model, String queryInstruction, int maxLength) {
    this(model, queryInstruction, maxLength, CosineScale.PLAIN);
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
