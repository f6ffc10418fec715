// SPDX-License-Identifier: Apache-2.0
package io.millrace.guard;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Public data sets beside the checkout; what needs them is skipped where they are absent. */
final class PublicData {

  private PublicData() {}

  static Path file(String name) {
    Path file = Path.of(System.getProperty("millrace.data", "absent")).resolve(name);
    Assumptions.assumeTrue(Files.isRegularFile(file), () -> file + " is absent");
    return file;
  }

  /** Reads comma-separated values with quotes, the first line naming the columns. */
  static List<Map<String, String>> csv(String name) throws IOException {
    String text = Files.readString(file(name));
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == ',' || c == '\n')) {
        row.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          rows.add(row);
          row = new ArrayList<>();
        }
      } else if (quoted || c != '\r') {
        cell.append(c);
      }
    }
    List<Map<String, String>> records = new ArrayList<>();
    for (List<String> values : rows.subList(1, rows.size())) {
      Map<String, String> record = new LinkedHashMap<>();
      for (int i = 0; i < Math.min(values.size(), rows.getFirst().size()); i++) {
        record.put(rows.getFirst().get(i), values.get(i));
      }
      records.add(record);
    }
    return records;
  }
}
