// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.core.document.Language;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Documents, queries, and which of the former answer which of the latter.
 *
 * @param name as in the key {@code case}
 * @param documents by identity
 * @param queries by identity, only such as have something relevant
 * @param grades by query, then by document: above 0 for relevant ones
 */
public record TestCollection(
    String name, Map<String, Text> documents, Map<String, String> queries, Map<String, Map<String, Integer>> grades) {
  /**
   * A document.
   *
   * @param title empty for none
   * @param text the rest
   * @param links identities of documents that it cites or is cited by
   */
  public record Text(String title, String text, List<String> links) {
    static final Text NONE = new Text("", "", List.of());

    public Text {
      links = List.copyOf(links);
    }
  }

  /**
   * Leaves out queries to which nothing among the documents is relevant: no ranking can be right or wrong about them.
   *
   * @throws IllegalArgumentException when nothing is left
   */
  public TestCollection {
    Map<String, String> judged = new LinkedHashMap<>(queries);
    judged.keySet().removeIf(query -> grades.getOrDefault(query, Map.of()).values().stream().noneMatch(grade -> grade > 0));
    if (documents.isEmpty() || judged.isEmpty()) {
      throw new IllegalArgumentException(
          name + ": " + documents.size() + " documents and " + judged.size() + " judged queries; at least one of each is needed");
    }
    queries = judged;
  }

  /** That of most queries. */
  public Language language() {
    long chinese = queries.values().stream().filter(query -> Language.of(query) == Language.CHINESE).count();
    return chinese * 2 > queries.size() ? Language.CHINESE : Language.ENGLISH;
  }

  /** The first so many queries, over all that is relevant to them and as many other documents as there is room for. */
  public TestCollection excerpt(int queryCount, int documentCount) {
    Map<String, String> some = new LinkedHashMap<>();
    Map<String, Text> read = new LinkedHashMap<>();
    queries.entrySet().stream().limit(queryCount).forEach(query -> {
      some.put(query.getKey(), query.getValue());
      grades.getOrDefault(query.getKey(), Map.of()).keySet().stream().filter(documents::containsKey)
          .forEach(document -> read.put(document, documents.getOrDefault(document, Text.NONE)));
    });
    documents.entrySet().stream().filter(document -> !read.containsKey(document.getKey()))
        .limit(Math.max(0, documentCount - read.size())).toList().forEach(document -> read.put(document.getKey(), document.getValue()));
    return new TestCollection(name, read, some, grades);
  }
}
