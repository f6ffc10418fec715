// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.decoder;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.AtomicFile;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.checkpoint.Weights;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.tensor.DType;
import io.millrace.tensor.Device;
import io.millrace.tensor.Scope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.function.Predicate;

/** A decoder in a Hugging Face folder: {@code config.json} and {@code model.safetensors}. */
public final class DecoderFolder {
  private DecoderFolder() {}

  /** Bytes of the largest file that {@link #save(Decoder, Path, DType)} writes; five billion, as transformers does. */
  private static final long LARGEST = 5_000_000_000L;

  /** Writes the folder, making it if need be; the tensors are stored in {@code dtype}. */
  public static void save(Decoder decoder, Path folder, DType dtype) throws IOException {
    save(decoder, folder, dtype, LARGEST);
  }

  /** As {@link #save(Decoder, Path, DType)}, in files of at most {@code largest} bytes where a tensor is not larger. */
  public static void save(Decoder decoder, Path folder, DType dtype, long largest) throws IOException {
    Files.createDirectories(folder);
    try (Scope _ = Scope.open()) {
      TensorFolder.writeFolder(folder, DecoderWeights.huggingFace(decoder.config(), decoder.weights()), dtype, largest);
    }
    AtomicFile.write(folder.resolve("config.json"), decoder.config().toHuggingFace().getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a folder into a decoder on the CPU; see {@link #load(Path, Device)}. */
  public static Decoder load(Path folder) throws IOException {
    return load(folder, Device.CPU);
  }

  /**
   * Reads a folder, whatever its number format, into a decoder in F32.
   *
   * @throws IllegalArgumentException naming the tensor, what was expected and what was found, if one does not fit or
   *     has no place in this architecture
   */
  public static Decoder load(Path folder, Device device) throws IOException {
    return load(folder, device, _ -> false);
  }

  /** As {@link #load(Path, Device)}, for a folder that holds more than a decoder: tensors that are {@code others}'. */
  public static Decoder load(Path folder, Device device, Predicate<String> others) throws IOException {
    DecoderConfig config = DecoderConfig.ofHuggingFace(Json.tree(Files.readAllBytes(folder.resolve("config.json"))));
    Weights weights = Weights.create(DType.F32, device, DecoderWeights.slots(config));
    try (Scope _ = Scope.open();
        TensorSource source = TensorSource.openFolder(folder)) {
      SortedSet<String> unused = TensorFolder.read(source, DecoderWeights.huggingFace(config, weights));
      unused.removeIf(name -> name.endsWith("rotary_emb.inv_freq") || name.equals(DecoderWeights.HEAD) || others.test(name));
      if (!unused.isEmpty()) {
        throw new IllegalArgumentException("%s: tensor %s: expected none of that name in a %s of this config.json, found %d such tensors"
            .formatted(source.path(), unused.first(), config.family().modelType(), unused.size()));
      }
      return new Decoder(config, weights);
    } catch (Throwable t) {
      weights.close();
      throw t;
    }
  }
}
