// SPDX-License-Identifier: Apache-2.0
package io.millrace.corpus;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Clean documents, what could not be read, and how much of what there is.
 *
 * @param documents sorted by id
 */
public record Corpus(List<Document> documents, List<DeadLetter> deadLetters, CorpusStatistics statistics) {

  /** Attribute of a document that says nearly the same as the one named, under another title. */
  public static final String TWIN_OF = "nearDuplicateOf";

  private static final String DOCUMENTS = "documents.jsonl";
  private static final String DEAD_LETTERS = "dead-letters.jsonl";
  private static final String STATISTICS = "statistics.json";

  public Corpus {
    documents = List.copyOf(documents);
    deadLetters = List.copyOf(deadLetters);
  }

  /**
   * Returns the documents that models are trained on. Near twins only repeat others; and what a model has learned it may
   * say to anybody, so that labelled documents are left out.
   *
   * @param labels that do not keep a document out; one that has any other is
   */
  public List<Document> forTraining(Set<String> labels) {
    return documents.stream()
        .filter(document -> !document.attributes().containsKey(TWIN_OF) && labels.containsAll(document.labels()))
        .toList();
  }

  /** Returns how many documents their labels keep out of {@link #forTraining}. */
  public long keptFromTraining(Set<String> labels) {
    return documents.stream().filter(document -> !labels.containsAll(document.labels())).count();
  }

  /** Writes everything as JSON, one document a line. */
  public void write(Path directory) throws IOException {
    lines(directory.resolve(DOCUMENTS), documents);
    lines(directory.resolve(DEAD_LETTERS), deadLetters);
    Files.writeString(directory.resolve(STATISTICS), Json.writePretty(statistics));
  }

  /** Reads what {@link #write} wrote. */
  public static Corpus read(Path directory) throws IOException {
    return new Corpus(
        lines(directory.resolve(DOCUMENTS), Document.class),
        lines(directory.resolve(DEAD_LETTERS), DeadLetter.class),
        Json.read(Files.readAllBytes(directory.resolve(STATISTICS)), CorpusStatistics.class));
  }

  static void lines(Path file, List<?> values) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Object value : values) {
        out.write(Json.write(value));
        out.write('\n');
      }
    }
  }

  static <T> List<T> lines(Path file, Class<T> type) throws IOException {
    List<T> values = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        values.add(Json.read(line, type));
      }
    }
    return values;
  }
}
