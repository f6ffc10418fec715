// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The cells of a table's rows, taken in order, each below its header: those that reach down stand in each of their rows. */
final class HtmlCells {

  /** Cells of rows above that reach down, by column; never beyond their group of rows. */
  private final Map<Integer, Reaching> reaching = new HashMap<>();

  private @Nullable Element group;

  private record Reaching(String text, int rows) {}

  /** Returns the names of the columns; rows below do not repeat them. */
  List<String> header(Element row) {
    List<String> names = row(row);
    reaching.replaceAll((column, cell) -> new Reaching("", cell.rows()));
    return names;
  }

  /** Returns the cells of the next row; further columns of a wide cell are blank. */
  List<String> row(Element row) {
    if (!Objects.equals(row.parent(), group)) {
      group = row.parent();
      reaching.clear();
    }
    List<String> cells = new ArrayList<>();
    for (Element cell : row.children()) {
      if (!cell.normalName().equals("td") && !cell.normalName().equals("th")) {
        continue;
      }
      fromAbove(cells);
      int down = span(cell, "rowspan");
      for (int i = 0; i < span(cell, "colspan"); i++) {
        String text = i == 0 ? cell.text() : "";
        if (down > 1) {
          reaching.put(cells.size(), new Reaching(text, down - 1));
        }
        cells.add(text);
      }
    }
    fromAbove(cells);
    int below = reaching.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1);
    while (cells.size() <= below) {
      cells.add(""); // the row is too short
      fromAbove(cells);
    }
    return cells;
  }

  private void fromAbove(List<String> cells) {
    for (Reaching cell = reaching.remove(cells.size()); cell != null; cell = reaching.remove(cells.size())) {
      if (cell.rows() > 1) {
        reaching.put(cells.size(), new Reaching(cell.text(), cell.rows() - 1));
      }
      cells.add(cell.text());
    }
  }

  /** Spans of a hundred and more are taken for mistakes. */
  private static int span(Element cell, String attribute) {
    String span = cell.attr(attribute);
    return span.matches("[1-9][0-9]?") ? Integer.parseInt(span) : 1;
  }
}
