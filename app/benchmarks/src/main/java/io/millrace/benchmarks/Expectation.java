// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.millrace.core.json.Yaml;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Published scores beside the command that reproduces them: a file of {@code benchmarks/expected}.
 *
 * @param dataset a folder of public data that it needs, such as {@code cranfield}; null if it needs none
 * @param command what reproduces them, without {@code millrace}: {@code bench NAME}, with {@code --quick} or
 *     {@code --against PEER}
 * @param scores what is expected of its rows
 */
public record Expectation(@Nullable String dataset, String command, List<Score> scores) {
  /** Checks that the command is one that can be rerun. */
  public Expectation {
    if (command == null || !command.matches("bench [a-z-]+( --against \\S+)?( --quick)?")) {
      throw new IllegalArgumentException(
          "command '" + command + "': write 'bench NAME', and after it '--against PEER' or '--quick' if need be");
    }
    if (scores == null || scores.isEmpty()) {
      throw new IllegalArgumentException("no scores for '" + command + "': list at least one");
    }
    scores = List.copyOf(scores);
  }

  /** Which number of a row is compared. */
  public enum Field {
    /** The value. */
    VALUE,
    /** The value divided by its reference, which depends less on the machine. */
    RATIO
  }

  /**
   * One score.
   *
   * @param subject the row's case, the key {@code case} in files
   * @param metric the row's metric
   * @param field which number of the row; null for the value
   * @param expected what was published
   * @param tolerance how far it may be off, in the same unit
   */
  public record Score(
      @JsonProperty("case") String subject,
      String metric,
      @Nullable Field field,
      double expected,
      double tolerance) {
    /** Checks the tolerance. */
    public Score {
      field = field == null ? Field.VALUE : field;
      if (!(tolerance >= 0)) {
        throw new IllegalArgumentException("tolerance " + tolerance + " of " + subject + " " + metric + ": must not be negative");
      }
    }

    boolean names(Row row) {
      return row.subject().equals(subject) && row.metric().equals(metric);
    }
  }

  /** Which bench the command runs. */
  String bench() {
    return command.split(" ")[1];
  }

  /** Beside which peer the command runs it, if any. */
  @Nullable String against() {
    String[] words = command.split(" ");
    return words.length > 3 ? words[3] : null;
  }

  /** Whether the command wants it quick. */
  boolean quick() {
    return command.endsWith("--quick");
  }

  /**
   * The expectations of a folder, in the order of the files' names.
   *
   * @throws IllegalArgumentException when a file does not fit, naming file, line, key and remedy
   */
  public static List<Expectation> readAll(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("no folder " + folder + " with expected scores");
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted()
          .map(file -> Yaml.read(file, Expectation.class)).toList();
    }
  }
}
