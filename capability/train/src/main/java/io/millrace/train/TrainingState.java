// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.train.distributed.Agreement;
import io.millrace.train.distributed.Distribution;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A run's files: {@code metrics.jsonl}, and a checkpoint with masters, moments and position, which replaces the one
 * before at one instant.
 *
 * <p>The state of processes that share nothing is the same, so that rank 0 writes it, as it writes what the processes of
 * a {@link io.millrace.train.parallel.Mesh} gather: see {@link WholeCheckpoint}. Otherwise each process writes its part:
 * see {@link ShardedCheckpoint}. Either is read by any number of processes.
 */
final class TrainingState {
  /** Where a run stood. */
  record Position(String settings, long step, double seconds, long tokens) {}

  private final Path folder;
  private final Path metrics;
  private final Distribution processes;
  private final WholeCheckpoint whole;
  private final ShardedCheckpoint sharded;

  TrainingState(Path folder, Distribution processes) throws IOException {
    Files.createDirectories(folder);
    this.folder = folder;
    this.processes = processes;
    metrics = folder.resolve("metrics.jsonl");
    whole = new WholeCheckpoint(folder);
    sharded = new ShardedCheckpoint(folder, processes);
  }

  /** Writes a checkpoint; the one before is there until the new one is complete. */
  void save(Optimiser optimiser, Position position) throws IOException {
    if (processes.sharded()) {
      sharded.save(optimiser, position);
    } else {
      whole.save(optimiser, position, processes.leads());
    }
    if (processes.leads()) {
      if (processes.sharded()) {
        whole.delete();
      } else {
        sharded.deleteAll();
      }
    }
    processes.group().barrier();
  }

  /**
   * Fills the optimiser from the newest complete checkpoint, if there is one.
   *
   * @throws IllegalStateException in every process, if it was written with other settings or some do not see it
   */
  Optional<Position> restore(Optimiser optimiser, String settings) throws IOException {
    Optional<Checkpoint> found = newest();
    new Agreement(processes.group()).requireSame(
        "checkpoint in " + folder + " (is it the same folder for all?)",
        found.map(checkpoint -> "step " + checkpoint.position().step()).orElse("none"));
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Position position = found.get().position();
    if (!settings.equals(position.settings())) {
      throw new IllegalStateException(
          "%s was written with other settings:%n  %s%nnow:%n  %s%nDelete it to start anew."
              .formatted(found.get().path(), position.settings(), settings));
    }
    found.get().restore(optimiser);
    optimiser.restored(position.step());
    return Optional.of(position);
  }

  private Optional<Checkpoint> newest() throws IOException {
    Optional<Checkpoint> one = whole.find();
    Optional<Checkpoint> parts = sharded.find();
    if (one.isPresent() && parts.isPresent()) {
      return one.get().position().step() >= parts.get().position().step() ? one : parts;
    }
    return one.isPresent() ? one : parts;
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
    processes.group().barrier(); // all have read
    if (processes.leads()) {
      Files.write(metrics, curve.stream().map(Json::write).toList());
    }
    return curve;
  }

  /** Where points go: to the file in the process of rank 0, to nowhere in the others. */
  BufferedWriter appendMetrics() throws IOException {
    return processes.leads()
        ? Files.newBufferedWriter(metrics, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND)
        : new BufferedWriter(Writer.nullWriter());
  }

  /** Whether a run has left something to continue from, be it torn. */
  boolean unfinished() {
    return whole.exists() || checkpoint().isPresent();
  }

  /** The newest complete checkpoint. */
  Optional<Path> checkpoint() {
    try {
      return newest().map(Checkpoint::path);
    } catch (IOException | RuntimeException e) {
      return Optional.empty();
    }
  }

  void deleteCheckpoint() throws IOException {
    if (processes.leads()) {
      whole.delete();
      sharded.deleteAll();
    }
    processes.group().barrier();
  }
}
