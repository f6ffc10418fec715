// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.encoder;

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

/** An encoder in a Hugging Face folder: {@code config.json} and {@code model.safetensors}, names of BertModel. */
public final class EncoderFolder {
  private static final Logger LOG = LoggerFactory.getLogger(EncoderFolder.class);

  private EncoderFolder() {}

  /** Writes the folder, making it if need be; the tensors are stored in {@code dtype}. */
  public static void save(Encoder encoder, Path folder, DType dtype) throws IOException {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("config.json"), encoder.config().toHuggingFace("BertModel"));
    try (Scope _ = Scope.open()) {
      TensorFolder.write(
          folder.resolve(TensorSource.FILE), EncoderWeights.huggingFace(encoder.config(), encoder.weights()), dtype);
    }
  }

  /** Reads a folder into an encoder on the CPU; see {@link #load(Path, Device)}. */
  public static Encoder load(Path folder) throws IOException {
    return load(folder, Device.CPU);
  }

  /**
   * Reads a folder, whatever its number format, into an encoder in F32.
   *
   * @throws IllegalArgumentException naming the tensor, its expected and its found shape, if one does not fit
   */
  public static Encoder load(Path folder, Device device) throws IOException {
    EncoderConfig config = EncoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    Weights weights = Weights.create(DType.F32, device, EncoderWeights.slots(config));
    try (Scope _ = Scope.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      SortedSet<String> unused = TensorFolder.read(source, EncoderWeights.huggingFace(config, weights));
      unused.removeIf(name -> name.startsWith("pooler.") || name.equals("embeddings.position_ids"));
      if (!unused.isEmpty()) {
        LOG.warn("{} holds tensors that a BERT encoder does not use: {}", source.path(), unused);
      }
      return new Encoder(config, weights);
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }
}
