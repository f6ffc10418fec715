// SPDX-License-Identifier: Apache-2.0
package io.millrace.compress;

import io.millrace.core.json.Json;
import io.millrace.model.safetensors.DType;
import io.millrace.model.safetensors.TensorSource;
import io.millrace.model.safetensors.TensorView;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A Hugging Face folder of full weights that becomes another folder. */
record ModelFolder(Path in, Path out) {
  private static final Set<DType> FLOATS = Set.of(DType.F32, DType.F16, DType.BF16);
  private static final String CONFIG = "config.json";

  /**
   * Makes the folder {@code out} if need be.
   *
   * @throws IllegalArgumentException when both are the same folder
   */
  static ModelFolder of(Path in, Path out) throws IOException {
    Files.createDirectories(out);
    if (Files.isSameFile(in, out)) {
      throw new IllegalArgumentException("cannot compress " + in + " into itself; name another folder");
    }
    return new ModelFolder(in, out);
  }

  /**
   * The configuration.
   *
   * @throws IOException when it is missing, torn, or says that the model is quantised already
   */
  ObjectNode config() throws IOException {
    Path file = in.resolve(CONFIG);
    JsonNode config;
    try {
      config = Json.mapper().readTree(Files.readAllBytes(file));
    } catch (JacksonException e) {
      throw new IOException(file + ": not JSON: " + e.getOriginalMessage(), e);
    }
    if (!(config instanceof ObjectNode object) || config.has("quantization_config")) {
      throw new IOException(file + ": expected the configuration of a model that is not quantised, found "
          + config.path("quantization_config"));
    }
    return object;
  }

  /** All tensors, which must be floats. */
  static List<TensorView> floats(TensorSource source) throws IOException {
    List<TensorView> tensors = source.names().stream().map(source::tensor).toList();
    for (TensorView t : tensors) {
      if (!FLOATS.contains(t.dtype())) {
        throw new IOException(source.path() + ": tensor " + t.name() + ": expected F32, F16 or BF16, found " + t.dtype());
      }
    }
    return tensors;
  }

  /** Writes everything but the weights, after taking away weights that were there: no folder looks whole before it is. */
  void writeOthers(String config) throws IOException {
    Files.deleteIfExists(out.resolve(TensorSource.FILE));
    Files.deleteIfExists(out.resolve(TensorSource.INDEX));
    try (Stream<Path> files = Files.list(in)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        boolean weights = name.endsWith(".safetensors") || name.equals(TensorSource.INDEX) || name.endsWith(".bin");
        if (!weights && !name.equals(CONFIG) && !name.startsWith(".")) {
          Files.copy(file, out.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
    Files.writeString(out.resolve(CONFIG), config, StandardCharsets.UTF_8);
  }
}
