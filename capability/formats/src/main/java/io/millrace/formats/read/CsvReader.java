// SPDX-License-Identifier: Apache-2.0
package io.millrace.formats.read;

import io.millrace.formats.draft.Draft;
import io.millrace.formats.draft.Identity;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Values separated by commas, semicolons, bars or tabs, quoted as in RFC 4180. */
final class CsvReader implements FormatReader {

  private static final int LONGEST_HEADER = 10_000;

  @Override
  public void read(FileContent file, Draft draft) {
    String text = file.text(draft);
    Rows rows = new Rows(draft);
    draft.title(Identity.stem(file.name()));
    parse(text, separator(text, file.name()), rows);
    draft.documentKind(rows.ofQuestions() ? "questions" : "table");
    rows.end();
  }

  /** The separator that the first line has most of. */
  private static char separator(String text, String name) {
    if (name.toLowerCase(Locale.ROOT).endsWith(".tsv")) {
      return '\t';
    }
    String header = text.substring(0, Math.min(LONGEST_HEADER, text.length())).stripLeading().lines().findFirst().orElse("");
    char best = ',';
    long most = 0;
    for (char c : new char[] {',', ';', '\t', '|', '，'}) {
      long count = header.chars().filter(other -> other == c).count();
      if (count > most) {
        most = count;
        best = c;
      }
    }
    return best;
  }

  private static void parse(String text, char separator, Rows rows) {
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c != '"') {
          cell.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else {
          quoted = false;
        }
      } else if (c == '"' && blank(cell)) {
        cell.setLength(0);
        quoted = true;
      } else if (c == separator) {
        row.add(cell.toString());
        cell.setLength(0);
      } else if (c == '\n' || c == '\r') {
        if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
        row.add(cell.toString());
        cell.setLength(0);
        rows.row(List.copyOf(row));
        row.clear();
      } else {
        cell.append(c);
      }
    }
    row.add(cell.toString());
    rows.row(List.copyOf(row));
  }

  private static boolean blank(StringBuilder cell) {
    return cell.length() < 8 && cell.toString().isBlank();
  }
}
