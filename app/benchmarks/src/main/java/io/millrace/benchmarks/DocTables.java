// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The tables of the documentation, written from the results that they show: what stands between
 * {@code <!-- table: engine.json -->} and {@code <!-- end of table -->} is the rows of that file in
 * {@code benchmarks/results}.
 *
 * @param docs folder of {@code .md} files
 * @param results folder of the results
 */
public record DocTables(Path docs, Path results) {
  private static final Pattern SECTION =
      Pattern.compile("(<!-- table: (\\S+) -->\\n).*?(<!-- end of table -->)", Pattern.DOTALL);
  private static final Pattern MARKER = Pattern.compile("<!-- (?:table:.*?|end of table) -->");

  /**
   * Writes the tables anew.
   *
   * @return the files that were otherwise
   * @throws IOException when a file or its results cannot be read
   * @throws IllegalArgumentException when a table has a beginning and no end or the other way round, or there are no such results,
   *     naming the file
   */
  public List<Path> write() throws IOException {
    List<Path> changed = outdated();
    for (Path file : changed) {
      Files.writeString(file, written(file), StandardCharsets.UTF_8);
    }
    return changed;
  }

  /** The files whose tables are not those of the results. */
  public List<Path> outdated() throws IOException {
    List<Path> outdated = new ArrayList<>();
    try (Stream<Path> files = Files.list(docs)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
        if (!written(file).equals(Files.readString(file, StandardCharsets.UTF_8))) {
          outdated.add(file);
        }
      }
    }
    return outdated;
  }

  private String written(Path file) throws IOException {
    String text = Files.readString(file, StandardCharsets.UTF_8);
    Matcher sections = SECTION.matcher(text);
    List<MatchResult> found = sections.results().toList();
    if (MARKER.matcher(text).results().count() != 2L * found.size()) {
      throw new IllegalArgumentException(
          file + ": each <!-- table: FILE --> needs its <!-- end of table -->, the first at the end of its line");
    }
    StringBuilder out = new StringBuilder();
    int from = 0;
    for (MatchResult section : found) {
      if (!Files.isRegularFile(results.resolve(section.group(2)))) {
        throw new IllegalArgumentException(
            file + " shows " + section.group(2) + ", which is not in " + results + ": write it with the bench's --json");
      }
      out.append(text, from, section.start()).append(section.group(1))
          .append(table(ResultsFile.read(results.resolve(section.group(2))))).append(section.group(3));
      from = section.end();
    }
    return out.append(text, from, text.length()).toString();
  }

  private static String table(List<Row> rows) {
    StringBuilder table = new StringBuilder("| case | metric | value | beside | ratio |\n| --- | --- | ---: | --- | ---: |\n");
    for (Row row : rows) {
      table.append("| %s | %s | %s %s | %s | %s |%n".formatted(row.subject(), row.metric(), Figures.of(row.value()),
          row.unit(), beside(row), row.ratio() == null ? "" : Figures.of(row.ratio())).replace("\r", ""));
    }
    return table.toString();
  }

  private static String beside(Row row) {
    @Nullable Double value = row.referenceValue();
    return value == null ? "" : Figures.of(value) + " " + row.unit() + ", " + row.reference();
  }
}
