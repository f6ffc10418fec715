// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The checkpoints of one pipeline on disk: {@code <job>/chk-<n>/_metadata}, where each start of the pipeline is a job
 * with a new identity. Flink writes {@code _metadata} last, so what has one is complete.
 */
record Checkpoints(Path directory) {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  /** Returns the latest complete one. */
  Optional<Path> latest() {
    return complete().stream().max(Comparator.comparing(Checkpoints::writtenAt)).map(Path::getParent);
  }

  /** Removes what earlier jobs have left behind that holds no complete checkpoint. */
  void clearLeftovers() {
    try {
      List<Path> complete = complete();
      for (Path job : children(directory)) {
        if (complete.stream().noneMatch(checkpoint -> checkpoint.startsWith(job))) {
          deleteTree(job);
        }
      }
    } catch (IOException e) {
      LOG.warn("leftovers of earlier checkpoints in {} could not be removed: {}", directory, e.toString());
    }
  }

  private List<Path> complete() {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(directory, 3)) {
      return walk.filter(path -> path.getFileName().toString().equals("_metadata")).filter(Checkpoints::written).toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot look for checkpoints in " + directory + ": " + e, e);
    }
  }

  private static boolean written(Path file) {
    try {
      return Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static FileTime writtenAt(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException e) {
      return FileTime.fromMillis(0);
    }
  }

  private static List<Path> children(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(directory)) {
      return list.toList();
    }
  }

  static void deleteTree(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> walk = Files.walk(directory)) {
      all = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : all) {
      Files.deleteIfExists(path);
    }
  }
}
