// SPDX-License-Identifier: Apache-2.0
package io.millrace.model.safetensors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/** Named tensors of one checkpoint: a single file or several shards. Views die when it is closed. */
public sealed interface TensorSource extends AutoCloseable permits SafetensorsFile, ShardedSafetensors {
  /** The usual name of an unsharded checkpoint in a model folder. */
  String FILE = "model.safetensors";

  /** The usual name of the index of a sharded checkpoint. */
  String INDEX = "model.safetensors.index.json";

  /**
   * Opens a model folder: its index of shards if there is one, else {@code model.safetensors}.
   *
   * @throws java.nio.file.NoSuchFileException when there is neither
   * @throws MalformedSafetensorsException when a file is torn or lies about its content
   */
  static TensorSource openFolder(Path folder) throws IOException {
    Path index = folder.resolve(INDEX);
    return Files.exists(index) ? ShardedSafetensors.open(index) : SafetensorsFile.open(folder.resolve(FILE));
  }

  /** All names, sorted. */
  Set<String> names();

  /** The tensor of this name, if there is one. */
  Optional<TensorView> find(String name);

  /** The tensor of this name; fails with the checkpoint's path when there is none. */
  default TensorView tensor(String name) {
    return find(name).orElseThrow(
        () -> new IllegalArgumentException(path() + ": no tensor " + name + " among " + names().size()));
  }

  /** Where the checkpoint lies. */
  Path path();

  /** Unmaps the files; every view becomes unusable. */
  @Override
  void close();
}
