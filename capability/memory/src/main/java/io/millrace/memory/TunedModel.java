// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.json.Json;
import io.millrace.core.spi.CosineScale;
import io.millrace.model.encoder.EmbedderSettings;
import io.millrace.model.encoder.EncoderConfig;
import io.millrace.model.encoder.EncoderTensors;
import io.millrace.model.encoder.PackedEncoder;
import io.millrace.model.safetensors.TensorSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * An encoder in a Hugging Face folder with its {@code tokenizer.json} and {@code embedder.json}, such as one that was tuned
 * for a domain.
 *
 * @param id name of the model
 * @param folder that must not change
 * @param dimension of its vectors
 * @param queryInstruction put before a question; empty for nothing
 * @param longest tokens, beyond which texts are cut
 * @param cosines on which scale its cosines are to be read
 */
public record TunedModel(String id, Path folder, int dimension, String queryInstruction, int longest, CosineScale cosines)
    implements EmbedderModel {

  /**
   * Reads what the folder says of itself, its name included.
   *
   * @throws IOException when a file cannot be read
   * @throws IllegalArgumentException when the folder holds no embedder, with the remedy
   */
  public static TunedModel of(Path folder) throws IOException {
    return of(EmbedderSettings.read(folder).model(), folder);
  }

  /**
   * The same under a name that nothing else has.
   *
   * @throws IOException when a file cannot be read
   * @throws IllegalArgumentException when the folder holds no embedder, with the remedy
   */
  public static TunedModel of(String id, Path folder) throws IOException {
    EmbedderSettings settings = EmbedderSettings.read(folder);
    EncoderConfig config = EncoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    return new TunedModel(
        id, folder, config.hiddenSize(), settings.queryInstruction(),
        Math.min(settings.maxLength(), config.maxPositions()), settings.cosines());
  }

  @Override
  public PackedEncoder encoder() throws IOException {
    try (TensorSource tensors = TensorSource.openFolder(folder)) {
      return PackedEncoder.of(EncoderTensors.ofFolder(folder, tensors));
    }
  }

  @Override
  public byte[] tokenizer() throws IOException {
    return Files.readAllBytes(folder.resolve("tokenizer.json"));
  }
}
