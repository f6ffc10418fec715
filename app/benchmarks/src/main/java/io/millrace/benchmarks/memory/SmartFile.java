// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.memory.TestCollection.Text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Files of the SMART system, in which the classic test collections are handed on (Salton, "The SMART Retrieval System",
 * 1971): records begin with {@code .I number}, fields with a dot and a capital.
 */
final class SmartFile {
  /** Fields of documents: title, text, authors, key words, and numbers of documents that stand in some relation to it. */
  private static final String TITLE = "T";

  private static final String TEXT = "W";
  private static final String AUTHORS = "A";
  private static final String KEYWORDS = "K";
  private static final String RELATED = "X";

  /** What a relation is stands in the second column: one of the two documents cites the other. */
  private static final String CITATION = "5";

  private SmartFile() {}

  /** Reads documents, queries and judgements; whatever has been judged is relevant. */
  static TestCollection collection(Path folder, String documents, String queries, String judgements) throws IOException {
    Map<String, Map<String, Integer>> grades = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve(judgements), StandardCharsets.ISO_8859_1)) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length >= 2) {
        // Numbers are padded with zeros in some files and not in others.
        CollectionFormat.judge(grades, plain(columns[0]), plain(columns[1]), 1);
      }
    }
    Map<String, Text> texts = new LinkedHashMap<>();
    records(folder.resolve(documents)).forEach((id, fields) -> texts.put(id, text(fields)));
    Map<String, String> asked = new LinkedHashMap<>();
    texts(folder.resolve(queries)).forEach((id, text) -> asked.put(plain(id), text));
    return new TestCollection(CollectionFormat.label(folder), texts, asked, grades);
  }

  private static Text text(Map<String, String> fields) {
    String body = Stream.of(TEXT, AUTHORS, KEYWORDS).map(field -> fields.getOrDefault(field, ""))
        .filter(text -> !text.isEmpty()).collect(Collectors.joining("\n"));
    return new Text(fields.getOrDefault(TITLE, ""), body, citations(fields.getOrDefault(RELATED, "").lines().toList()));
  }

  /** Documents in lines of three columns: another one, the kind of relation, and the document itself. */
  static List<String> citations(List<String> relations) {
    Set<String> cited = new LinkedHashSet<>();
    for (String line : relations) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length == 3 && columns[1].equals(CITATION) && !columns[0].equals(columns[2])) {
        cited.add(columns[0]);
      }
    }
    return List.copyOf(cited);
  }

  /** The texts of all records by their numbers, without titles and the like. */
  static Map<String, String> texts(Path file) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    records(file).forEach((id, fields) -> texts.put(id, fields.getOrDefault(TEXT, "")));
    return texts;
  }

  private static Map<String, Map<String, String>> records(Path file) throws IOException {
    Map<String, Map<String, String>> records = new LinkedHashMap<>();
    Map<String, String> fields = Map.of();
    String field = "";
    List<String> lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.ISO_8859_1));
    for (String line : lines) {
      if (line.startsWith(".I ")) {
        fields = records.computeIfAbsent(line.substring(3).strip(), _ -> new LinkedHashMap<>());
        field = "";
      } else if (line.matches("\\.[A-Z]\\s*")) {
        field = line.strip().substring(1);
      } else if (!field.isEmpty() && !records.isEmpty()) {
        fields.merge(field, line + "\n", String::concat);
      }
    }
    records.values().forEach(record -> record.replaceAll((_, text) -> text.strip()));
    return records;
  }

  private static String plain(String number) {
    return number.replaceFirst("^0+(?=.)", "");
  }
}
