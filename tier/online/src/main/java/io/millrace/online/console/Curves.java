// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.RunBoard;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How a training run went, or goes: the JSON lines that it writes, thinned to what a screen can show. A version has them
 * in {@code metrics.jsonl}, or in a file for each stage that it went through, such as {@code pretraining.jsonl}.
 *
 * @param columns by name, all of the same length: {@code step}, {@code loss}, {@code tokens_per_second} and others
 */
public record Curves(Map<String, List<@Nullable Double>> columns) {

  private static final Set<String> FILES =
      Set.of("metrics.jsonl", "pretraining.jsonl", "tuning.jsonl", "training.jsonl");
  private static final int MOST = 600;

  /** Returns the files of a version that hold a training run to show, in the order of their names. */
  public static List<String> in(ArtifactVersion version) {
    return version.files().keySet().stream()
        .filter(name -> FILES.contains(name.substring(name.lastIndexOf('/') + 1)))
        .toList();
  }

  /**
   * Reads the curves of a version; each point stands for the mean of the steps around it.
   *
   * @param file one of {@link #in}; for any other name there are no curves
   * @throws UncheckedIOException when the file cannot be read
   */
  static Curves read(ArtifactRegistry registry, ArtifactVersion version, String file) {
    return in(version).contains(file) ? read(registry.directory(version).resolve(file)) : new Curves(Map.of());
  }

  /** Reads the curves of a run that may be writing them; there are none where its file is not to be seen from here. */
  static Curves live(RunBoard.Run run) {
    Path path = Path.of(run.metrics());
    return Files.isRegularFile(path) ? read(path) : new Curves(Map.of());
  }

  private static Curves read(Path path) {
    try (Stream<String> lines = Files.lines(path)) {
      // The last line may be half written.
      return new Curves(thinned(lines.filter(line -> line.endsWith("}")).map(Curves::numbers).toList()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path, e);
    }
  }

  private static Map<String, Double> numbers(String line) {
    Map<String, Double> numbers = new LinkedHashMap<>();
    JsonNode point = Json.read(line, JsonNode.class);
    for (String key : point.propertyNames()) {
      JsonNode value = point.get(key);
      if (value.isNumber() && Double.isFinite(value.doubleValue())) {
        numbers.put(snake(key), value.doubleValue());
      }
    }
    return numbers;
  }

  private static String snake(String key) {
    return key.replaceAll("([a-z])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  private static Map<String, List<@Nullable Double>> thinned(List<Map<String, Double>> points) {
    Map<String, List<@Nullable Double>> columns = new LinkedHashMap<>();
    points.forEach(point -> point.keySet().forEach(key -> columns.putIfAbsent(key, new ArrayList<>())));
    int group = Math.max(1, (points.size() + MOST - 1) / MOST);
    for (int from = 0; from < points.size(); from += group) {
      List<Map<String, Double>> together = points.subList(from, Math.min(points.size(), from + group));
      columns.forEach((key, column) -> column.add(mean(together, key)));
    }
    addSpeed(columns);
    return columns;
  }

  /** Works out tokens a second from tokens and seconds so far, where the run did not write it itself. */
  private static void addSpeed(Map<String, List<@Nullable Double>> columns) {
    List<@Nullable Double> tokens = columns.get("tokens");
    List<@Nullable Double> seconds = columns.get("seconds");
    if (tokens == null || seconds == null || columns.containsKey("tokens_per_second")) {
      return;
    }
    List<@Nullable Double> speed = new ArrayList<>();
    int back = Math.max(1, tokens.size() / 60);
    for (int i = 0; i < tokens.size(); i++) {
      Double tokensDone = i < back ? null : difference(tokens, i - back, i);
      Double secondsTaken = i < back ? null : difference(seconds, i - back, i);
      speed.add(
          tokensDone != null && secondsTaken != null && secondsTaken > 0 ? tokensDone / secondsTaken : null);
    }
    columns.put("tokens_per_second", speed);
  }

  private static @Nullable Double difference(List<@Nullable Double> column, int from, int to) {
    Double before = column.get(from);
    Double after = column.get(to);
    return before == null || after == null ? null : after - before;
  }

  private static @Nullable Double mean(List<Map<String, Double>> points, String key) {
    double sum = 0;
    int count = 0;
    for (Map<String, Double> point : points) {
      Double value = point.get(key);
      if (value != null) {
        sum += value;
        count++;
      }
    }
    return count == 0 ? null : sum / count;
  }
}
