// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.model.safetensors.MalformedSafetensorsException;
import io.millrace.model.safetensors.SafetensorsFile;
import io.millrace.tensor.DType;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run's files: {@code metrics.jsonl}, and {@code resume.safetensors} with masters, moments and position in one file,
 * which is replaced atomically.
 */
final class TrainingState {
  /** Where a run stood. */
  record Position(String settings, long step, double seconds, long tokens) {}

  private static final String KEY = "millrace.position";
  private final Path checkpoint;
  private final Path metrics;

  TrainingState(Path folder) throws IOException {
    Files.createDirectories(folder);
    checkpoint = folder.resolve("resume.safetensors");
    metrics = folder.resolve("metrics.jsonl");
  }

  /**
   * Replaces the checkpoint.
   *
   * @throws IOException when that fails, for example since the disk is full; the checkpoint before is intact then
   */
  void save(Optimiser optimiser, Position position) throws IOException {
    try {
      TensorFolder.write(checkpoint, optimiser.state(), DType.F32, Map.of(KEY, Json.write(position)));
    } catch (IOException e) {
      throw new IOException("cannot write the checkpoint of step %d to %s: %s. %s".formatted(
          position.step(), checkpoint, e,
          Files.exists(checkpoint) ? "The checkpoint before it is intact." : "There is no checkpoint before it."), e);
    }
  }

  /** Fills the optimiser from the checkpoint, if there is one. */
  Optional<Position> restore(Optimiser optimiser, String settings) throws IOException {
    if (!Files.exists(checkpoint)) {
      return Optional.empty();
    }
    try (SafetensorsFile file = opened()) {
      Position position = Json.read(file.metadata().getOrDefault(KEY, "{}"), Position.class);
      if (!settings.equals(position.settings())) {
        throw new IllegalStateException(
            "%s was written with other settings:%n  %s%nnow:%n  %s%nDelete it to start anew."
                .formatted(checkpoint, position.settings(), settings));
      }
      TensorFolder.read(file, optimiser.state());
      optimiser.restored(position.step());
      return Optional.of(position);
    }
  }

  private SafetensorsFile opened() throws IOException {
    try {
      return SafetensorsFile.open(checkpoint);
    } catch (MalformedSafetensorsException e) {
      throw new IllegalStateException(
          "the checkpoint is torn, so the run cannot be continued from it: %s. Delete %s to start anew.".formatted(e.getMessage(), checkpoint), e);
    }
  }

  /** The points up to that step; later ones, written after the last checkpoint, are dropped from the file too. */
  List<MetricsPoint> curveUpTo(long step) throws IOException {
    List<MetricsPoint> curve = new ArrayList<>();
    if (step > 0 && Files.exists(metrics)) {
      for (String line : Files.readAllLines(metrics)) {
        // The last line may be torn by a kill.
        if (line.endsWith("}")) {
          MetricsPoint point = Json.read(line, MetricsPoint.class);
          if (point.step() <= step) {
            curve.add(point);
          }
        }
      }
    }
    Files.write(metrics, curve.stream().map(Json::write).toList());
    return curve;
  }

  BufferedWriter appendMetrics() throws IOException {
    return Files.newBufferedWriter(metrics, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  Path checkpoint() {
    return checkpoint;
  }

  void deleteCheckpoint() throws IOException {
    Files.deleteIfExists(checkpoint);
  }
}
