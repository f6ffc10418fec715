// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * A folder for as long as something is measured, then deleted with all that is in it.
 *
 * @param path where it is
 */
public record WorkFolder(Path path) implements AutoCloseable {
  /** Makes one among the system's temporary folders, {@code name} being part of its own. */
  public static WorkFolder create(String name) throws IOException {
    return new WorkFolder(Files.createTempDirectory("millrace-" + name));
  }

  /** Deletes a file or folder, if there is one. */
  public static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> files = Files.walk(path)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Override
  public void close() throws IOException {
    delete(path);
  }
}
