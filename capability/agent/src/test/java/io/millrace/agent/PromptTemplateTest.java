// SPDX-License-Identifier: Apache-2.0
package io.millrace.agent;

import io.millrace.core.document.Language;
import io.millrace.core.generation.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PromptTemplateTest {

  private static final String TEXT =
      """
      ---
      name: answer
      version: 3
      language: en
      placeholders: [question, passages]
      ---
      [system]
      Answer from the passages.

      [user]
      {{passages}}
      Question: {{question}}
      """;

  @Test
  void fillsPlaceholdersAndDoesNotSearchWhatWasFilledIn() {
    PromptTemplate template = PromptTemplate.parse("answer.md", TEXT);
    assertThat(template.reference()).isEqualTo("answer-en@3");
    assertThat(template.render(Map.of("question", "What is {{passages}} or $1?", "passages", "P")))
        .containsExactly(
            new Message("system", "Answer from the passages."),
            new Message("user", "P\nQuestion: What is {{passages}} or $1?"));
  }

  @Test
  void namesTheMissingAndTheUnknownPlaceholder() {
    PromptTemplate template = PromptTemplate.parse("answer.md", TEXT);
    assertThatThrownBy(() -> template.render(Map.of("question", "Q")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'passages'");
    assertThatThrownBy(() -> template.render(Map.of("question", "Q", "passages", "P", "mood", "good")))
        .hasMessageContaining("'mood'")
        .hasMessageContaining("passages, question");
  }

  @Test
  void refusesUndeclaredUnusedAndUnknownKeysWithTheirPlace() {
    assertThatThrownBy(() -> PromptTemplate.parse("a.md", TEXT.replace("{{question}}", "{{query}}")))
        .hasMessageContaining("a.md")
        .hasMessageContaining("{{query}}");
    assertThatThrownBy(() -> PromptTemplate.parse("a.md", TEXT.replace("[question, ", "[question, tone, ")))
        .hasMessageContaining("'tone'");
    assertThatThrownBy(() -> PromptTemplate.parse("a.md", TEXT.replace("version: 3", "versoin: 3")))
        .hasMessageContaining("a.md, line 3")
        .hasMessageContaining("versoin");
    assertThatThrownBy(() -> PromptTemplate.parse("a.md", TEXT.replace("version: 3", "version: three")))
        .hasMessageContaining("'three'");
    assertThatThrownBy(() -> PromptTemplate.parse("a.md", "Hello")).hasMessageContaining("line 1");
  }

  @Test
  void aDomainsPromptReplacesTheBuiltInOneAndTheHighestVersionIsUsed(@TempDir Path domain) throws IOException {
    Files.createDirectories(domain.resolve("prompts"));
    Files.writeString(domain.resolve("prompts/answer.en.v3.md"), TEXT);
    Files.writeString(domain.resolve("prompts/answer.en.v4.md"), TEXT.replace("version: 3", "version: 4"));
    PromptLibrary library = PromptLibrary.load(domain);
    assertThat(library.template(PromptLibrary.ANSWER, Language.ENGLISH).version()).isEqualTo(4);
    assertThat(library.template(PromptLibrary.ANSWER, Language.CHINESE).version()).isEqualTo(1);
    assertThatThrownBy(() -> library.template("joke", Language.ENGLISH)).hasMessageContaining("answer.en, answer.zh");
    Files.writeString(domain.resolve("prompts/answer.again.md"), TEXT);
    assertThatThrownBy(() -> PromptLibrary.load(domain)).hasMessageContaining("answer-en@3");
  }

  @Test
  void theDefaultDomainsPromptsAreInOrder() {
    Path domain = Path.of("../../domains/java-docs");
    PromptLibrary library = PromptLibrary.load(domain);
    for (Language language : Language.values()) {
      assertThat(library.template(PromptLibrary.ANSWER, language).placeholders())
          .containsExactlyInAnyOrder("question", "passages");
    }
  }
}
