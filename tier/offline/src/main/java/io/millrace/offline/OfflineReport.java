// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /** Columns that a terminal surely has. */
  private static final int WIDTH = 100;

  /** Returns a table of the steps: their seconds, what was built, its version; below each its scores, at the end the notes. */
  public String table() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("step", "seconds", "built", "version"));
    for (StepReport step : steps) {
      String seconds = String.format(Locale.ROOT, "%.1f", step.duration().toMillis() / 1_000.0);
      rows.add(List.of(step.step(), seconds, step.built(), version(step)));
    }
    int[] widths = new int[rows.getFirst().size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      line(rows.get(i), widths, table);
      if (i > 0) {
        scores(steps.get(i - 1), " ".repeat(widths[0] + widths[1] + 4), table);
      }
    }
    for (StepReport step : steps) {
      step.notes().forEach(note -> table.append(step.step()).append(": ").append(note).append('\n'));
    }
    return table.toString();
  }

  private static String version(StepReport step) {
    String state =
        switch (step.outcome()) {
          case BUILT -> "new";
          case CACHED -> "as before";
          case SKIPPED -> "nothing to do";
        };
    return step.artifact().isEmpty() ? state : step.artifact() + (step.served() ? ", " : ", not served, ") + state;
  }

  private static void line(List<String> row, int[] widths, StringBuilder table) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String pad = " ".repeat(widths[i] - row.get(i).length());
      line.append(i == 1 ? pad + row.get(i) : row.get(i) + pad).append("  ");
    }
    table.append(line.toString().stripTrailing()).append('\n');
  }

  private static void scores(StepReport step, String indent, StringBuilder table) {
    StringBuilder line = new StringBuilder();
    for (Map.Entry<String, Double> score : step.scores().entrySet()) {
      // The bounds of intervals stay in the registry and on the console's page: a terminal is narrow.
      if (score.getKey().endsWith(".low") || score.getKey().endsWith(".high")) {
        continue;
      }
      String text = score.getKey() + " " + number(score.getValue());
      if (!line.isEmpty() && indent.length() + line.length() + 2 + text.length() > WIDTH) {
        table.append(indent).append(line).append(",\n");
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : ", ").append(text);
    }
    if (!line.isEmpty()) {
      table.append(indent).append(line).append('\n');
    }
  }

  private static String number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e15) {
      return String.format(Locale.ROOT, "%,d", (long) value);
    }
    return String.format(Locale.ROOT, Math.abs(value) < 10 ? "%.3f" : "%.1f", value);
  }
}
