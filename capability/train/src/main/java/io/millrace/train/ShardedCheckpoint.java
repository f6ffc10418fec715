// SPDX-License-Identifier: Apache-2.0
package io.millrace.train;

import io.millrace.core.json.Json;
import io.millrace.model.checkpoint.AtomicFile;
import io.millrace.model.checkpoint.TensorFolder;
import io.millrace.tensor.DType;
import io.millrace.train.distributed.Distribution;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder {@code resume-STEP} with one file of each process and a manifest, which is written last and makes it complete.
 *
 * <p>Older folders are deleted only when a newer one is complete, so that an interruption leaves one of them. Folders
 * without a manifest are ignored.
 */
final class ShardedCheckpoint {
  /**
   * What makes a folder a checkpoint.
   *
   * @param position where the run stood
   * @param files of the processes, with their lengths in bytes
   */
  record Manifest(TrainingState.Position position, List<Entry> files) {
    /** A file that belongs to it. */
    record Entry(String name, long bytes) {}
  }

  private static final String PREFIX = "resume-";
  private static final String MANIFEST = "manifest.json";
  private final Path folder;
  private final Distribution processes;

  ShardedCheckpoint(Path folder, Distribution processes) {
    this.folder = folder;
    this.processes = processes;
  }

  /** Writes this process's part; rank 0 then completes the checkpoint. */
  void save(Optimiser optimiser, TrainingState.Position position) throws IOException {
    Path target = folder.resolve(PREFIX + position.step());
    if (processes.leads() && Files.exists(target)) {
      delete(target); // an attempt that was interrupted, or the same step once more
    }
    processes.group().barrier();
    Files.createDirectories(target);
    TensorFolder.write(target.resolve(name(processes.rank())), optimiser.state(), DType.F32,
        Map.of(Checkpoint.OFFSETS, Json.write(optimiser.offsets())));
    processes.group().barrier();
    if (processes.leads()) {
      List<Manifest.Entry> files = new ArrayList<>();
      for (int rank = 0; rank < processes.size(); rank++) {
        files.add(new Manifest.Entry(name(rank), Files.size(target.resolve(name(rank)))));
      }
      AtomicFile.write(target.resolve(MANIFEST), Json.bytes(new Manifest(position, files)));
      for (Path other : folders()) {
        if (!other.equals(target)) {
          delete(other);
        }
      }
    }
  }

  private String name(int rank) {
    return "rank-%03d-of-%03d.safetensors".formatted(rank, processes.size());
  }

  /**
   * The newest complete checkpoint.
   *
   * @throws IllegalStateException if there is none, but one that was complete and lost a file since
   */
  Optional<Checkpoint> find() throws IOException {
    List<Checkpoint> complete = new ArrayList<>();
    @Nullable String damage = null;
    for (Path candidate : folders()) {
      if (!Files.exists(candidate.resolve(MANIFEST))) {
        continue;
      }
      Manifest manifest = Json.read(Files.readString(candidate.resolve(MANIFEST)), Manifest.class);
      String wrong = damage(candidate, manifest);
      if (wrong == null) {
        complete.add(new Checkpoint(candidate, manifest.position(),
            manifest.files().stream().map(entry -> candidate.resolve(entry.name())).toList()));
      } else {
        damage = wrong;
      }
    }
    if (complete.isEmpty() && damage != null) {
      throw new IllegalStateException(damage + ". There is no other checkpoint: restore the file, or delete the folder to start anew");
    }
    return complete.stream().max(Comparator.comparingLong(checkpoint -> checkpoint.position().step()));
  }

  private static @Nullable String damage(Path folder, Manifest manifest) throws IOException {
    for (Manifest.Entry entry : manifest.files()) {
      Path file = folder.resolve(entry.name());
      if (!Files.exists(file)) {
        return "checkpoint " + folder + " is torn: " + entry.name() + " is missing";
      }
      if (Files.size(file) != entry.bytes()) {
        return "checkpoint %s is torn: %s has %d bytes, %d were written"
            .formatted(folder, entry.name(), Files.size(file), entry.bytes());
      }
    }
    return null;
  }

  void deleteAll() throws IOException {
    for (Path each : folders()) {
      delete(each);
    }
  }

  private List<Path> folders() throws IOException {
    List<Path> found = new ArrayList<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, PREFIX + "[0-9]*")) {
      all.forEach(found::add);
    }
    return found;
  }

  /** The manifest first, so that what is left after an interruption is no checkpoint. */
  private static void delete(Path checkpoint) throws IOException {
    Files.deleteIfExists(checkpoint.resolve(MANIFEST));
    try (Stream<Path> files = Files.list(checkpoint)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(checkpoint);
  }
}
