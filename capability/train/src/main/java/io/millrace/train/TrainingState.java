// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.TensorFolder;
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

  void save(Optimiser optimiser, Position position) throws IOException {
    TensorFolder.write(checkpoint, optimiser.state(), DType.F32, Map.of(KEY, Json.write(position)));
  }

  /** Fills the optimiser from the checkpoint, if there is one. */
  Optional<Position> restore(Optimiser optimiser, String settings) throws IOException {
    if (!Files.exists(checkpoint)) {
      return Optional.empty();
    }
    try (SafetensorsFile file = SafetensorsFile.open(checkpoint)) {
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
