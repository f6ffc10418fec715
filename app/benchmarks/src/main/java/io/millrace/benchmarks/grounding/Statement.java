// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.grounding;

import io.millrace.core.json.Json;
import io.millrace.guard.grounding.Falsified;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A sentence that somebody judged.
 *
 * @param evidence what it is to be held against
 * @param truth whether the evidence bears it out
 */
record Statement(String question, String sentence, List<String> evidence, boolean truth) {

  static Statement of(Falsified made) {
    return new Statement(made.question(), made.sentence(), made.evidence(), made.truth());
  }

  /**
   * Reads the questions of HaluEval (Li et al. 2023, arXiv:2305.11747): lines with knowledge, a right and a hallucinated answer.
   *
   * @param most at most so many questions
   */
  static List<Statement> halueval(Path file, int most) throws IOException {
    List<Statement> statements = new ArrayList<>();
    for (String line : Files.readAllLines(file).stream().limit(most).toList()) {
      JsonNode item = Json.read(line, JsonNode.class);
      List<String> knowledge = List.of(item.path("knowledge").asString());
      String question = item.path("question").asString();
      statements.add(new Statement(question, item.path("right_answer").asString(), knowledge, true));
      statements.add(new Statement(question, item.path("hallucinated_answer").asString(), knowledge, false));
    }
    return statements;
  }
}
