// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A public test collection.
 *
 * @param passages one a document, by identity
 * @param queries by identity
 * @param relevant identities of relevant documents by query
 */
record RetrievalSet(
    String name, List<Passage> passages, Map<String, String> queries, Map<String, Set<String>> relevant) {

  static RetrievalSet cranfield(Path data) throws IOException {
    Path folder = data.resolve("cranfield");
    Map<String, String> texts = smart(Files.readString(folder.resolve("cran.all.1400")), ".W");
    // The judgements speak of the first, second, … query rather than of the numbers written beside them.
    Map<String, String> queries = new LinkedHashMap<>();
    smart(Files.readString(folder.resolve("cran.qry")), ".W")
        .values()
        .forEach(text -> queries.put(String.valueOf(queries.size() + 1), text));
    Map<String, Set<String>> relevant = new TreeMap<>();
    for (String line : Files.readAllLines(folder.resolve("cranqrel"))) {
      String[] columns = line.trim().split("\\s+");
      if (columns.length >= 3) {
        relevant.computeIfAbsent(columns[0], q -> new HashSet<>()).add(columns[1]);
      }
    }
    return new RetrievalSet("cranfield", passages(texts, Language.ENGLISH), queries, relevant);
  }

  static RetrievalSet cmrc(Path data) throws IOException {
    JsonNode root =
        Json.read(Files.readString(data.resolve("cmrc2018").resolve("cmrc2018_dev.json")), JsonNode.class);
    Map<String, String> texts = new LinkedHashMap<>();
    Map<String, String> queries = new LinkedHashMap<>();
    Map<String, Set<String>> relevant = new TreeMap<>();
    for (JsonNode article : root.get("data")) {
      for (JsonNode paragraph : article.get("paragraphs")) {
        String id = paragraph.get("id").asString();
        texts.put(id, paragraph.get("context").asString());
        for (JsonNode question : paragraph.get("qas")) {
          queries.put(question.get("id").asString(), question.get("question").asString());
          relevant.put(question.get("id").asString(), Set.of(id));
        }
      }
    }
    return new RetrievalSet("cmrc2018", passages(texts, Language.CHINESE), queries, relevant);
  }

  /** The first so many queries, over all that is relevant to them and as many other documents as there is room. */
  RetrievalSet excerpt(int queryCount, int documentCount) {
    Map<String, String> some = new LinkedHashMap<>();
    Set<String> needed = new HashSet<>();
    queries.entrySet().stream().limit(queryCount).forEach(query -> {
      some.put(query.getKey(), query.getValue());
      needed.addAll(relevant.getOrDefault(query.getKey(), Set.of()));
    });
    List<Passage> excerpt = new ArrayList<>();
    passages.stream().filter(passage -> needed.contains(passage.documentId())).forEach(excerpt::add);
    passages.stream()
        .filter(passage -> !needed.contains(passage.documentId()))
        .limit(Math.max(0, documentCount - excerpt.size()))
        .forEach(excerpt::add);
    return new RetrievalSet(name, excerpt, some, relevant);
  }

  private static List<Passage> passages(Map<String, String> texts, Language language) {
    List<Passage> passages = new ArrayList<>();
    texts.forEach(
        (id, text) -> passages.add(new Passage(id + "#0", id, 0, "", List.of(), "", text, language, null)));
    return passages;
  }

  /** Reads the SMART format: records start with {@code .I number}, fields with a dot and a capital. */
  private static Map<String, String> smart(String file, String field) {
    Map<String, String> texts = new LinkedHashMap<>();
    String id = "";
    boolean inside = false;
    StringBuilder text = new StringBuilder();
    for (String line : (file + "\n.I end").lines().toList()) {
      if (line.startsWith(".I ")) {
        if (!id.isEmpty()) {
          texts.put(id, text.toString().strip());
        }
        id = line.substring(3).strip();
        text.setLength(0);
        inside = false;
      } else if (line.matches("\\.[A-Z]\\s*")) {
        inside = line.strip().equals(field);
      } else if (inside) {
        text.append(line).append('\n');
      }
    }
    return texts;
  }
}
