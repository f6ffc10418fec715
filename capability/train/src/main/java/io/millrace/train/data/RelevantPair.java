// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A query, a text that answers it or means the same, and texts that look alike but do not.
 *
 * @param negatives hard ones; may be empty
 */
public record RelevantPair(String query, String positive, List<String> negatives) {
  /** Checks that no text is blank. */
  public RelevantPair {
    negatives = List.copyOf(negatives);
    if (query.isBlank() || positive.isBlank() || negatives.stream().anyMatch(String::isBlank)) {
      throw new IllegalArgumentException("query '" + query + "': it and its texts must not be blank");
    }
  }

  /**
   * Reads pairs, in any of these shapes:
   *
   * <pre>
   * {"query": "…", "positive": "…", "negative": "…" or ["…", "…"]}      negatives may be missing
   * {"query": "…", "pos": ["…"], "neg": ["…", "…"]}                     FlagEmbedding; one pair a positive
   * {"query": "…", "title": "…", "neg_title": "…"}                      SimCLUE
   * {"anchor": "…", "positive": "…", "negative": "…"}                   sentence-transformers
   * {"sentence1": "…", "sentence2": "…", "label": 1}                    only pairs with label 1 are taken
   * </pre>
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape
   */
  public static Dataset<RelevantPair> read(Path file) throws IOException {
    Dataset.Builder<RelevantPair> pairs = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      if (record.hasAll("sentence1", "sentence2", "label")) {
        if (record.yes("label")) {
          add(pairs, record.text("sentence1"), List.of(record.text("sentence2")), List.of());
        } else {
          pairs.skip("pairs that do not mean the same");
        }
        return;
      }
      String query = first(record, "query", "anchor", "question");
      String positive = first(record, "positive", "pos", "title", "passage");
      String negative = first(record, "negative", "negatives", "neg", "neg_title");
      if (query.isEmpty() || positive.isEmpty()) {
        throw record.unknownShape("query and positive, with or without negative");
      }
      add(pairs, record.text(query), record.texts(positive), negative.isEmpty() ? List.of() : record.texts(negative));
    });
    return pairs.build(file);
  }

  private static String first(JsonRecord record, String... keys) {
    for (String key : keys) {
      if (record.has(key)) {
        return key;
      }
    }
    return "";
  }

  private static void add(
      Dataset.Builder<RelevantPair> pairs, String query, List<String> positives, List<String> negatives) {
    List<String> hard = new ArrayList<>(negatives);
    hard.removeIf(text -> text.isBlank() || positives.contains(text) || text.equals(query));
    for (String positive : positives) {
      if (query.isBlank() || positive.isBlank()) {
        pairs.skip("with an empty text");
      } else if (query.equals(positive)) {
        pairs.skip("whose texts are equal");
      } else {
        pairs.add(new RelevantPair(query, positive, hard));
      }
    }
  }
}
