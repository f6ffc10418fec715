// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.document.Language;
import io.millrace.core.document.QuestionAnswer;
import io.millrace.core.json.Json;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Questions in one language.
 *
 * @param training for models to learn from
 * @param heldOut on pages that no model has seen, for measuring
 */
record Questions(List<QuestionAnswer> training, List<QuestionAnswer> heldOut) {

  static Questions read(Path directory, Language language) throws IOException {
    return new Questions(
        lines(directory.resolve("train-" + language.code() + ".jsonl")),
        lines(directory.resolve("held-out-" + language.code() + ".jsonl")));
  }

  void write(Path directory, Language language) throws IOException {
    lines(directory.resolve("train-" + language.code() + ".jsonl"), training);
    lines(directory.resolve("held-out-" + language.code() + ".jsonl"), heldOut);
  }

  private static void lines(Path file, List<QuestionAnswer> questions) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (QuestionAnswer question : questions) {
        out.write(Json.write(question));
        out.write('\n');
      }
    }
  }

  private static List<QuestionAnswer> lines(Path file) throws IOException {
    List<QuestionAnswer> questions = new ArrayList<>();
    try (BufferedReader in = Files.newBufferedReader(file)) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        questions.add(Json.read(line, QuestionAnswer.class));
      }
    }
    return questions;
  }
}
