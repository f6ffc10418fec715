// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import io.millrace.core.document.Language;
import io.millrace.core.json.Yaml;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a domain must answer, with the expected evidence: the contents of {@code questions.yaml}. It measures a domain and
 * trains nothing.
 *
 * @param questions each with an identity and a text of its own
 */
public record DomainQuestions(List<DomainQuestion> questions) {

  /** The file's name within a domain pack. */
  public static final String FILE = "questions.yaml";

  public DomainQuestions {
    if (questions == null || questions.isEmpty()) {
      throw new IllegalArgumentException("no questions: list at least one under 'questions'");
    }
    questions = List.copyOf(questions);
    Map<String, String> byId = new HashMap<>();
    Map<String, String> byText = new HashMap<>();
    for (DomainQuestion question : questions) {
      String other = byId.put(question.id(), question.question());
      if (other != null) {
        throw new IllegalArgumentException(
            "two questions have the id '" + question.id() + "': '" + other + "' and '" + question.question()
                + "'; give one of them another");
      }
      String same = byText.put(question.question(), question.id());
      if (same != null) {
        throw new IllegalArgumentException(
            "'" + same + "' and '" + question.id() + "' ask the same, '" + question.question() + "': keep one of them");
      }
    }
  }

  /**
   * Reads the questions of a domain pack.
   *
   * @param directory that holds {@code domain.yaml}
   * @param pack its contents
   * @return empty where it has no such file
   * @throws IllegalArgumentException when the file does not fit, naming file, line, value and remedy
   */
  static Optional<DomainQuestions> load(Path directory, DomainPack pack) {
    Path file = directory.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    DomainQuestions all = Yaml.read(file, DomainQuestions.class);
    for (DomainQuestion question : all.questions()) {
      Language language = Language.ofCode(question.language());
      if (pack.languages().stream().noneMatch(code -> Language.ofCode(code) == language)) {
        throw new IllegalArgumentException(
            file + ": question '" + question.id() + "' is in '" + question.language() + "', but domain.yaml's languages are "
                + pack.languages() + ": add the language there, or leave the question out");
      }
    }
    return Optional.of(all);
  }
}
