// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.TableLines;
import org.jsoup.nodes.Element;

import java.util.List;
import java.util.function.Consumer;

/** Tables of data with their header repeated; tables that only lay out a page are left to the walk through the page. */
final class HtmlTable {

  private HtmlTable() {}

  /**
   * Reads a table.
   *
   * @return whether it has a header, and so was read
   */
  static boolean read(Element table, Consumer<String> lines) {
    if (!table.select("table table, h1, h2, h3, h4, h5, h6, pre").isEmpty() || table.select("th").isEmpty()) {
      return false;
    }
    List<Element> rows = table.select("tr");
    if (rows.isEmpty()) {
      return false;
    }
    boolean header = !rows.getFirst().select("th").isEmpty() && rows.getFirst().select("td").isEmpty();
    if (!header && rows.stream().anyMatch(row -> row.select("th").size() != 1)) {
      return false;
    }
    Element caption = table.selectFirst("caption");
    if (caption != null) {
      lines.accept(caption.text());
    }
    HtmlCells cells = new HtmlCells();
    // Without a header row each row begins with its name.
    TableLines form = new TableLines(header ? cells.header(rows.getFirst()) : List.of());
    for (Element row : rows.subList(header ? 1 : 0, rows.size())) {
      List<String> words = cells.row(row);
      lines.accept(header ? form.line(words) : words.getFirst() + ": " + String.join("; ", words.subList(1, words.size())));
    }
    return true;
  }
}
