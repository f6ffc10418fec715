// SPDX-License-Identifier: Apache-2.0
package io.millrace.train.data;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A question with the passage that answers it, or does not.
 *
 * @param start first character of the first answer in the passage; equal to {@code end} if the passage does not answer
 * @param end one past its last character
 * @param answers what counts as right; empty if the passage does not answer
 */
public record AnsweredQuestion(String question, String passage, int start, int end, List<String> answers) {
  private static final String SHAPES = "question, passage (or context) and answers";

  /** Copies the answers. */
  public AnsweredQuestion {
    answers = List.copyOf(answers);
  }

  /**
   * Reads questions, in any of these shapes; no answers means that the passage does not answer:
   *
   * <pre>
   * {"question": "…", "passage": "…", "answers": ["…"]}
   * {"question": "…", "context": "…", "answers": {"text": ["…"], "answer_start": [17]}}      SQuAD
   * </pre>
   *
   * @throws IllegalArgumentException naming file, line and what was expected, when a record has another shape, or an
   *     answer is no part of its passage
   */
  public static Dataset<AnsweredQuestion> read(Path file) throws IOException {
    Dataset.Builder<AnsweredQuestion> examples = new Dataset.Builder<>();
    JsonRecords.read(file, record -> {
      String key = record.has("passage") ? "passage" : "context";
      if (!record.hasAll("question", key, "answers")) {
        throw record.unknownShape(SHAPES);
      }
      String question = record.text("question");
      String passage = record.text(key);
      if (question.isBlank() || passage.isBlank()) {
        examples.skip("with an empty question or passage");
      } else {
        examples.add(example(record, question, passage));
      }
    });
    return examples.build(file);
  }

  private static AnsweredQuestion example(JsonRecord record, String question, String passage) {
    JsonNode answers = record.json().path("answers");
    List<String> texts = new ArrayList<>();
    (answers.isObject() ? answers.path("text") : answers).forEach(text -> texts.add(record.text("answers", text)));
    if (texts.isEmpty()) {
      return new AnsweredQuestion(question, passage, 0, 0, texts);
    }
    int start = answers.isObject() ? answers.path("answer_start").path(0).asInt(-1) : passage.indexOf(texts.getFirst());
    if (start < 0 || !passage.startsWith(texts.getFirst(), start)) {
      throw record.place().refusal("the answer '" + texts.getFirst() + "' is not in its passage"
          + (answers.isObject() ? " at " + start : ""));
    }
    return new AnsweredQuestion(question, passage, start, start + texts.getFirst().length(), texts);
  }
}
