// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.json.Json;
import io.millrace.core.registry.DurableFiles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which of the folders beside each other holds the passage index in use, kept in the file {@value #FILE}. Without it, it is
 * {@value #FIRST}.
 *
 * @param folder name of the folder
 * @param models names of the embedding models, by language code, that it was filled with; empty when unknown
 */
public record IndexPlace(String folder, Map<String, String> models) {

  /** Where the index lies that is not the successor of another one. */
  public static final String FIRST = "passages";

  /** The file's name. */
  public static final String FILE = "generation.json";

  private static final String LATER = FIRST + "-";

  /** Checks that the name leads nowhere else. */
  public IndexPlace {
    if (!folder.matches(FIRST + "(-[0-9a-f]{1,64})?")) {
      throw new IllegalArgumentException("'" + folder + "' is no folder of a passage index");
    }
    models = new TreeMap<>(models);
  }

  /** Returns where an index lies that is embedded anew by other models. */
  static IndexPlace successor(Map<String, String> models) {
    return new IndexPlace(LATER + TextHash.of(Json.write(new TreeMap<>(models))), models);
  }

  /** Reads which one is in use; empty when nothing says so. */
  static Optional<IndexPlace> read(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    return Files.isRegularFile(file) ? Optional.of(Json.read(Files.readAllBytes(file), IndexPlace.class)) : Optional.empty();
  }

  /** Makes this the one in use, durably and all at once. */
  void write(Path directory) throws IOException {
    DurableFiles.replace(directory.resolve(FILE), Json.writePretty(this));
  }

  /** Returns the folders of indexes that are in a directory. */
  public static List<String> folders(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString())
          .filter(name -> name.equals(FIRST) || name.startsWith(LATER)).sorted().toList();
    }
  }
}
