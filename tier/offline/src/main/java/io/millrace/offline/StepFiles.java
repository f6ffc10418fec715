// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Directories that steps read, and those that they throw away. */
final class StepFiles {

  private StepFiles() {}

  /** Returns the directory of a needed artifact. */
  static Path of(Map<String, Path> inputs, String step) {
    Path directory = inputs.get(step);
    if (directory == null) {
      throw new IllegalStateException("step '" + step + "' is not among the inputs " + inputs.keySet());
    }
    return directory;
  }

  /** Copies all that is in a directory to another one that is there. */
  static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        Path target = to.resolve(from.relativize(path).toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else {
          Files.copy(path, target, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /** Deletes a directory with all that is in it, if it exists. */
  static void delete(Path directory) throws IOException {
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

  /** Deletes all that is in a directory except for one part of it. */
  static void deleteOthers(Path directory, Path kept) throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> others;
    try (Stream<Path> list = Files.list(directory)) {
      others = list.filter(path -> !path.equals(kept)).toList();
    }
    for (Path other : others) {
      delete(other);
    }
  }
}
