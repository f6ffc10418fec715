// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.console;

import io.millrace.core.document.Language;
import io.millrace.core.json.Yaml;
import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Questions that a newcomer may try: {@code examples.yaml} of a domain pack.
 *
 * @param en in English
 * @param zh in Chinese
 */
public record ExampleQuestions(@Nullable List<String> en, @Nullable List<String> zh) {

  private static final String FILE = "examples.yaml";

  public ExampleQuestions {
    en = en == null ? List.of() : List.copyOf(en);
    zh = zh == null ? List.of() : List.copyOf(zh);
  }

  /**
   * Reads the questions of a domain pack; none where it has no such file.
   *
   * @throws IllegalArgumentException when the file does not fit, naming line, key and remedy
   */
  static ExampleQuestions load(Path domainDirectory) {
    Path file = domainDirectory.resolve(FILE);
    return Files.isRegularFile(file)
        ? Yaml.read(file, ExampleQuestions.class)
        : new ExampleQuestions(null, null);
  }

  /** Returns the questions in a language. */
  public List<String> in(Language language) {
    List<String> questions = language == Language.CHINESE ? zh : en;
    return questions == null ? List.of() : questions;
  }
}
