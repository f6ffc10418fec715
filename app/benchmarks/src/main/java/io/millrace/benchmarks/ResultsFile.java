// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.millrace.core.json.Json;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Rows in a file: a JSON array, one row a line, each with the command that reproduces it. */
public final class ResultsFile {
  private record Line(@JsonUnwrapped Row row, String command) {}

  private ResultsFile() {}

  /**
   * Writes a file, whose folder is made if need be.
   *
   * @param command that reproduces the rows, such as {@code millrace bench training}
   */
  public static void write(Path file, List<Row> rows, String command) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    String lines = rows.stream().map(row -> Json.write(new Line(row, command))).collect(Collectors.joining(",\n"));
    Files.write(file, ("[\n" + lines + "\n]\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Reads a file's rows. */
  public static List<Row> read(Path file) throws IOException {
    return List.of(Json.read(Files.readAllBytes(file), Row[].class));
  }
}
