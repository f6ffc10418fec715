// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.draft;

import io.millrace.core.document.Cleaning;

import java.util.List;

/**
 * Rows of a table as lines such as {@code name: wheel; weight: 3 kg}: the header is repeated, so that each row is understood
 * alone wherever a passage is cut.
 *
 * @param header names of the columns
 */
public record TableLines(List<String> header) {
  public TableLines {
    header = header.stream().map(Cleaning::line).toList();
  }

  /** Returns a row as a line; blank cells are left out, so a blank row is an empty line. */
  public String line(List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String cell = Cleaning.line(cells.get(i));
      if (cell.isEmpty()) {
        continue;
      }
      String name = i < header.size() ? header.get(i) : "";
      line.append(line.isEmpty() ? "" : "; ").append(name).append(name.isEmpty() ? "" : ": ").append(cell);
    }
    return line.toString();
  }
}
