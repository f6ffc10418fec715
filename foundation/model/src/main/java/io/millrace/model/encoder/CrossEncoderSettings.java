// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How a cross-encoder in a Hugging Face folder reads pairs, in {@value #FILE}: what that format does not say.
 *
 * @param name for people
 * @param maxLength tokens of a question and a passage together, at least 8
 * @param layout of both; plain where nothing is said
 */
public record CrossEncoderSettings(String name, int maxLength, PairLayout layout) {
  /** The file beside the weights. */
  public static final String FILE = "cross-encoder.json";

  /** Checks the ranges. */
  public CrossEncoderSettings(String name, int maxLength, @Nullable PairLayout layout) {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a cross-encoder needs a name");
    }
    if (maxLength < 8) {
      throw new IllegalArgumentException("cross-encoder '" + name + "': maxLength " + maxLength + " must be at least 8");
    }
    this.name = name;
    this.maxLength = maxLength;
    this.layout = layout == null ? PairLayout.PLAIN : layout;
  }

  /**
   * Reads those of a folder.
   *
   * @throws IllegalArgumentException when there are none, with the remedy
   */
  public static CrossEncoderSettings read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          folder + " has no " + FILE + ": make a cross-encoder with 'millrace train cross-encoder'");
    }
    return Json.read(Files.readAllBytes(file), CrossEncoderSettings.class);
  }
}
