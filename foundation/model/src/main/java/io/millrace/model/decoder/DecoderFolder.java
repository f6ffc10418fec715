// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;

/** A decoder in a Hugging Face folder: {@code config.json} and {@code model.safetensors}. */
public final class DecoderFolder {
  private static final Logger LOG = LoggerFactory.getLogger(DecoderFolder.class);

  private DecoderFolder() {}

  /** Writes the folder, making it if need be; the tensors are stored in {@code dtype}. */
  public static void save(Decoder decoder, Path folder, DType dtype) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), decoder.config().toHuggingFace());
    try (Scope _ = Scope.open()) {
      TensorFolder.write(
          folder.resolve(TensorSource.FILE), DecoderWeights.huggingFace(decoder.config(), decoder.weights()), dtype);
    }
  }

  /** Reads a folder into a decoder on the CPU; see {@link #load(Path, Device)}. */
  public static Decoder load(Path folder) throws IOException {
    return load(folder, Device.CPU);
  }

  /**
   * Reads a folder, whatever its number format, into a decoder in F32.
   *
   * @throws IllegalArgumentException naming the tensor, its expected and its found shape, if one does not fit
   */
  public static Decoder load(Path folder, Device device) throws IOException {
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    Weights weights = Weights.create(DType.F32, device, DecoderWeights.slots(config));
    try (Scope _ = Scope.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      SortedSet<String> unused = TensorFolder.read(source, DecoderWeights.huggingFace(config, weights));
      unused.removeIf(name -> name.endsWith("rotary_emb.inv_freq") || name.equals(DecoderWeights.HEAD));
      if (!unused.isEmpty()) {
        LOG.warn("{} holds tensors that a Llama decoder does not use: {}", source.path(), unused);
      }
      return new Decoder(config, weights);
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }
}
