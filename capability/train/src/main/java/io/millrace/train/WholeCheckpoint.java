// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.safetensors.MalformedSafetensorsException;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.tensor.DType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The whole state in one file, {@code resume.safetensors}, which is replaced atomically. */
final class WholeCheckpoint {
  /** Key in the file's header, whose value is the position as JSON. */
  static final String POSITION = "millrace.position";

  private final Path file;

  WholeCheckpoint(Path folder) {
    file = folder.resolve("resume.safetensors");
  }

  /**
   * Replaces the checkpoint; all processes call.
   *
   * @param writes whether this is the process that does
   * @throws IOException when that fails, for example since the disk is full; the checkpoint before is intact then
   */
  void save(Optimiser optimiser, TrainingState.Position position, boolean writes) throws IOException {
    try (WholeState state = optimiser.gather()) {
      if (writes) {
        TensorFolder.write(file, state.tensors(), DType.F32, Map.of(POSITION, Json.write(position)));
      }
    } catch (IOException e) {
      throw new IOException("cannot write the checkpoint of step %d to %s: %s. %s".formatted(
          position.step(), file, e,
          Files.exists(file) ? "The checkpoint before it is intact." : "There is no checkpoint before it."), e);
    }
  }

  boolean exists() {
    return Files.exists(file);
  }

  Optional<Checkpoint> find() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      TrainingState.Position position =
          Json.read(open.metadata().getOrDefault(POSITION, "{}"), TrainingState.Position.class);
      return Optional.of(new Checkpoint(file, position, List.of(file)));
    } catch (MalformedSafetensorsException e) {
      throw new IllegalStateException(
          "the checkpoint is torn, so the run cannot be continued from it: %s. Delete %s to start anew."
              .formatted(e.getMessage(), file), e);
    }
  }

  void delete() throws IOException {
    Files.deleteIfExists(file);
  }
}
