// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Rows as a table for a terminal. */
public final class ResultTable {
  private static final List<String> HEADING =
      List.of("case", "metric", "value", "unit", "ratio", "reference value", "reference");

  private ResultTable() {}

  /** The table, each line ended. */
  public static String of(List<Row> rows) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(HEADING);
    for (Row row : rows) {
      lines.add(List.of(row.subject(), row.metric(), Figures.of(row.value()), row.unit(), figure(row.ratio()),
          figure(row.referenceValue()), row.reference() == null ? "" : row.reference()));
    }
    int[] widths = new int[HEADING.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        text.append(line.get(i)).append(" ".repeat(widths[i] - line.get(i).length() + 2));
      }
      table.append(text.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  private static String figure(@Nullable Double value) {
    return value == null ? "" : Figures.of(value);
  }
}
