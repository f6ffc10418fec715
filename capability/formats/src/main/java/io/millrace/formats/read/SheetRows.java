// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import org.apache.poi.ss.usermodel.DataFormatter;
import org.apache.poi.ss.util.CellReference;
import org.apache.poi.xssf.eventusermodel.ReadOnlySharedStringsTable;
import org.apache.poi.xssf.eventusermodel.XSSFSheetXMLHandler;
import org.apache.poi.xssf.model.StylesTable;
import org.apache.poi.xssf.usermodel.XSSFComment;
import org.jspecify.annotations.Nullable;
import org.xml.sax.Attributes;
import org.xml.sax.SAXException;
import org.xml.sax.helpers.DefaultHandler;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The rows of one sheet; hidden rows and columns are kept apart. */
final class SheetRows implements XSSFSheetXMLHandler.SheetContentsHandler {

  private static final int MOST_COLUMNS = 16_384;

  private final boolean hiddenSheet;
  private final Draft draft;
  private final Rows rows;
  private final DefaultHandler handler;
  private final BitSet hiddenColumns = new BitSet();
  private final List<String> cells = new ArrayList<>();
  private boolean hiddenRow;

  SheetRows(StylesTable styles, ReadOnlySharedStringsTable strings, boolean hiddenSheet, Draft draft) {
    this.hiddenSheet = hiddenSheet;
    this.draft = draft;
    this.rows = new Rows(draft);
    this.handler = new Handler(styles, strings);
  }

  DefaultHandler handler() {
    return handler;
  }

  void end() {
    rows.end();
  }

  boolean ofQuestions() {
    return rows.ofQuestions();
  }

  @Override
  public void startRow(int number) {
    cells.clear();
  }

  @Override
  public void cell(@Nullable String reference, @Nullable String value, @Nullable XSSFComment comment) {
    int column = reference == null ? cells.size() : new CellReference(reference).getCol();
    if (value == null || column >= MOST_COLUMNS) {
      return;
    }
    if (hiddenColumns.get(column)) {
      draft.hidden("hidden column", value);
      return;
    }
    while (cells.size() <= column) {
      cells.add("");
    }
    cells.set(column, value);
  }

  @Override
  public void endRow(int number) {
    if (hiddenSheet || hiddenRow) {
      draft.hidden(hiddenSheet ? "hidden sheet" : "hidden row", String.join(" ", cells));
    } else {
      rows.row(List.copyOf(cells));
    }
  }

  /** Reads what POI's own handler passes over: whether rows and columns are shown. */
  private final class Handler extends XSSFSheetXMLHandler {

    Handler(StylesTable styles, ReadOnlySharedStringsTable strings) {
      super(styles, strings, SheetRows.this, new DataFormatter(Locale.ROOT), false);
    }

    @Override
    public void startElement(String uri, @Nullable String local, String qualified, Attributes attributes) throws SAXException {
      if ("row".equals(local)) {
        hiddenRow = truth(attributes.getValue("hidden"));
      } else if ("col".equals(local) && truth(attributes.getValue("hidden"))) {
        int first = number(attributes.getValue("min"));
        int last = Math.min(MOST_COLUMNS, number(attributes.getValue("max")));
        if (first >= 1 && first <= last) {
          hiddenColumns.set(first - 1, last);
        }
      }
      super.startElement(uri, Objects.requireNonNullElse(local, ""), qualified, attributes);
    }

    private boolean truth(@Nullable String value) {
      return "1".equals(value) || "true".equals(value);
    }

    private int number(@Nullable String value) {
      return value != null && value.matches("[0-9]{1,6}") ? Integer.parseInt(value) : 0;
    }
  }
}
