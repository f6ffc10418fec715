// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DomainQuestionsTest {

  @TempDir private Path directory;

  private List<DomainQuestion> load(String yaml) throws IOException {
    Files.writeString(directory.resolve("domain.yaml"), "name: mill\nlanguages: [en]\n");
    Files.writeString(directory.resolve("questions.yaml"), yaml);
    return DomainPack.load(directory).questions(directory).orElseThrow().questions();
  }

  private static Passage passage(String document, String anchor, String text) {
    return new Passage(document + "#0", document, 0, anchor, List.of(), "", text, Language.ENGLISH, null, Set.of());
  }

  @Test
  void readsQuestionsWithAndWithoutEvidence() throws IOException {
    List<DomainQuestion> questions = load("""
        questions:
          - id: oil
            question: How often is the wheel oiled?
            language: en
            evidence:
              - mill/wheel#oil(int,java.lang.String)
              - mill/care
            answer: [every day]
            tags: [purpose]
          - {id: price, question: What does a sack of flour cost?, language: en, evidence: []}
        """);
    assertThat(questions).extracting(DomainQuestion::answerable).containsExactly(true, false);
    assertThat(questions.getFirst().evidence())
        .containsExactly(new EvidencePlace("mill/wheel", "oil(int,java.lang.String)"), new EvidencePlace("mill/care", null));
    assertThat(questions.getLast().tags()).isEmpty();
  }

  @Test
  void isAnsweredByAPassageAtOneOfThePlacesThatHoldsTheWords() throws IOException {
    DomainQuestion question = load("""
        questions:
          - {id: oil, question: How often?, language: en, evidence: ["mill/wheel#oil()", mill/care, "mill/brook#"], answer: [Every day]}
        """).getFirst();
    assertThat(question.answeredBy(passage("mill/wheel", "oil()", "Oil it every\nday."))).isTrue();
    assertThat(question.answeredBy(passage("mill/wheel", "turn()", "It turns every day."))).as("another section").isFalse();
    assertThat(question.answeredBy(passage("mill/wheel", "oil()", "It needs oil."))).as("another part of the section").isFalse();
    assertThat(question.answeredBy(passage("mill/care", "anywhere", "every day"))).isTrue();
    assertThat(question.answeredBy(passage("mill/brook", "", "every day"))).isTrue();
    assertThat(question.answeredBy(passage("mill/brook", "depth", "every day"))).as("not the introduction").isFalse();
  }

  @Test
  void isNotThereWhereAPackHasNoSuchFile() throws IOException {
    Files.writeString(directory.resolve("domain.yaml"), "name: mill\n");
    assertThat(DomainPack.load(directory).questions(directory)).isEmpty();
  }

  @Test
  void namesFileLineValueAndRemedyWhereSomethingDoesNotFit() {
    String first = "questions:\n  - {id: a, question: Why?, language: en, evidence: []}\n";
    assertThatThrownBy(() -> load(first + "  - id: b\n    question: When?\n    language: en\n"))
        .hasMessageContaining("questions.yaml, line 3").hasMessageContaining("'b' has no evidence").hasMessageContaining("evidence: []");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: When?, language: en,\n     evidence: [mill/a b]}\n"))
        .hasMessageContaining("line 4").hasMessageContaining("'mill/a b'");
    assertThatThrownBy(() -> load(first + "  - {id: b c, question: When?, language: en, evidence: []}\n"))
        .hasMessageContaining("line 3").hasMessageContaining("'b c'");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: When?, language: fr, evidence: []}\n"))
        .hasMessageContaining("line 3").hasMessageContaining("'fr'").hasMessageContaining("use en or zh");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: When?, language: en, evidence: [], answer: [now]}\n"))
        .hasMessageContaining("line 3").hasMessageContaining("[now]");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: When?, language: en, evidence: [], tags: [Some Thing]}\n"))
        .hasMessageContaining("line 3").hasMessageContaining("'Some Thing'");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: When?, language: en, evidence: [], anser: [x]}\n"))
        .hasMessageContaining("line 3").hasMessageContaining("anser").hasMessageContaining("known here: answer, evidence, id, language");
    assertThatThrownBy(() -> load(first + "  - {id: a, question: When?, language: en, evidence: []}\n"))
        .hasMessageContaining("questions.yaml").hasMessageContaining("two questions have the id 'a'");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: Why?, language: en, evidence: []}\n"))
        .hasMessageContaining("'a' and 'b' ask the same");
    assertThatThrownBy(() -> load(first + "  - {id: b, question: 为什么？, language: zh, evidence: []}\n"))
        .hasMessageContaining("'b' is in 'zh'").hasMessageContaining("[en]");
    assertThatThrownBy(() -> load("questions: []\n")).hasMessageContaining("no questions");
  }
}
