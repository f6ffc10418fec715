// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.train;

import io.millrace.train.data.Dataset;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Which files a stage learns from and is measured on. */
final class DataOptions {
  /** How one file is read. */
  @FunctionalInterface
  interface Reading<T> {
    Dataset<T> read(Path file) throws IOException;
  }

  @Option(names = "--data", paramLabel = "FILE", arity = "1..*", required = true, order = 1,
      description = "Files to learn from; the shapes that are read stand below.")
  List<Path> files = List.of();

  @Option(names = "--held-out", paramLabel = "FILE", arity = "1..*", order = 2,
      description = "Files to measure on; without them a share of the data is kept away from training.")
  List<Path> heldOut = List.of();

  @Option(names = "--held-out-percent", paramLabel = "N", order = 3,
      description = "That share (${DEFAULT-VALUE}); items that begin alike stay on one side.")
  int percent = 5;

  /**
   * Reads all files and parts them.
   *
   * @param key what must not stand on both sides
   * @param notes is told what was left out
   */
  <T> Dataset.Split<T> read(Reading<T> reading, Function<T, String> key, Consumer<String> notes) throws IOException {
    Dataset<T> all = joined(files, reading, notes);
    if (!heldOut.isEmpty()) {
      return new Dataset.Split<>(all.items(), joined(heldOut, reading, notes).items());
    }
    Dataset.Split<T> split = all.split(percent, key);
    if (split.training().isEmpty()) {
      throw new IllegalArgumentException("%d items in %s: too few to keep %d %% away from training; give --held-out or --held-out-percent 0"
          .formatted(all.items().size(), files, percent));
    }
    return split;
  }

  private static <T> Dataset<T> joined(List<Path> files, Reading<T> reading, Consumer<String> notes)
      throws IOException {
    List<T> items = new ArrayList<>();
    for (Path file : files) {
      Dataset<T> one = reading.read(file);
      items.addAll(one.items());
      if (!one.notes().isEmpty()) {
        notes.accept(file + ": " + one.notes());
      }
    }
    return new Dataset<>(items, java.util.Map.of());
  }
}
