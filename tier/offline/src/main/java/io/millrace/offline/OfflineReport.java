// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What the pipeline came to.
 *
 * @param steps in the order in which they ran
 * @param duration of all of them
 */
public record OfflineReport(String domain, List<StepReport> steps, Duration duration) {

  public OfflineReport {
    steps = List.copyOf(steps);
  }

  /** Returns a table of the steps: what was built, its scores, its seconds; below it the notes. */
  public String table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("step", "result", "built", "scores", "seconds"));
    for (StepReport step : steps) {
      String scores =
          step.scores().entrySet().stream()
              // The bounds of intervals stay in the registry and on the console's page: a terminal is narrow.
              .filter(score -> !score.getKey().endsWith(".low") && !score.getKey().endsWith(".high"))
              .map(score -> score.getKey() + " " + number(score.getValue()))
              .collect(Collectors.joining(", "));
      String state =
          switch (step.outcome()) {
            case BUILT -> "new";
            case CACHED -> "as before";
            case SKIPPED -> "nothing to do";
          };
      String result = step.artifact().isEmpty() ? state : step.artifact() + (step.served() ? ", " : ", not served, ") + state;
      rows.add(
          List.of(
              step.step(),
              result,
              step.built(),
              scores,
              String.format(Locale.ROOT, "%.1f", step.duration().toMillis() / 1_000.0)));
    }
    StringBuilder table = new StringBuilder();
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        String pad = " ".repeat(widths[i] - row.get(i).length());
        line.append(i == columns - 1 ? pad + row.get(i) : row.get(i) + pad + "  ");
      }
      table.append(line.toString().stripTrailing()).append('\n');
    }
    for (StepReport step : steps) {
      step.notes().forEach(note -> table.append(step.step()).append(": ").append(note).append('\n'));
    }
    return table.toString();
  }

  private static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%.1f", value);
  }
}
