// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.benchmarks.BenchRun;
import io.millrace.benchmarks.DomainPlace;
import io.millrace.benchmarks.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class QuestionsBenchTest {

  private static final String QUESTIONS = """
      questions:
        - {id: oil, question: How often must the wheel be oiled?, language: en, evidence: [content/wheel#care], answer: [nine days]}
        - {id: miller, question: Who lives in the house by the brook?, language: en, evidence: [content/miller], answer: [Johanna]}
        - {id: capital, question: What is the capital of France?, language: en, evidence: []}
        - {id: zh-stone, question: 磨盘多久换一次？, language: zh, evidence: [content/stone], answer: [十年]}
      """;

  @TempDir private Path folder;
  private Path pack;

  @BeforeEach
  void write() throws IOException {
    pack = Files.createDirectories(folder.resolve("mill"));
    Path content = Files.createDirectories(pack.resolve("content"));
    Files.writeString(pack.resolve("domain.yaml"), "name: mill\nsources: {directories: [content]}\n");
    Files.writeString(content.resolve("wheel.md"), "# Wheel\n\nIt turns the stones.\n\n## Care\n\nOil the wheel every nine days.\n");
    Files.writeString(content.resolve("miller.md"), "# Miller\n\nThe miller is called Johanna. Her house stands by the brook.\n");
    Files.writeString(content.resolve("flour.md"), "# Flour\n\nWheat is ground on Mondays and rye on Thursdays.\n");
    Files.writeString(content.resolve("stone.md"), "# 磨盘\n\n磨盘每十年换一次，由石匠来换。\n");
  }

  private List<String> measure(BenchRun[] made) throws IOException {
    List<String> said = new ArrayList<>();
    DomainPlace place = new DomainPlace(pack, folder.resolve("home"));
    made[0] = new BenchRun(folder, true, null, place, said::add);
    new QuestionsBench().measure(made[0]);
    return said;
  }

  private static double value(BenchRun run, String subject, String metric) {
    return run.rows().stream().filter(row -> row.subject().equals(subject) && row.metric().equals(metric))
        .mapToDouble(Row::value).findFirst().orElseThrow();
  }

  @Test
  void measuresEachLanguageAndWhatIsNotInTheSourcesAndEmbedsOnlyOnce() throws IOException {
    Files.writeString(pack.resolve("questions.yaml"), QUESTIONS);
    BenchRun[] run = new BenchRun[1];
    measure(run);
    for (String subject : List.of("mill-en", "mill-zh")) {
      assertThat(value(run[0], subject, "evidence@3")).isEqualTo(1);
      assertThat(value(run[0], subject, "MRR@10")).isEqualTo(1);
      assertThat(value(run[0], subject, "said not to be in the sources, of those that are")).isZero();
    }
    assertThat(value(run[0], "mill-en", "said not to be in the sources, of those that are not")).isEqualTo(1);

    BenchRun[] second = new BenchRun[1];
    assertThat(measure(second)).anyMatch(line -> line.contains("5 of 5 passages are embedded already"));
    assertThat(second[0].rows()).isEqualTo(run[0].rows());
  }

  @Test
  void refusesToMeasureWhereEvidenceIsMissingAndListsIt() throws IOException {
    Files.writeString(pack.resolve("questions.yaml"), QUESTIONS.replace("#care", "#cure").replace("十年", "百年"));
    assertThatThrownBy(() -> measure(new BenchRun[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("questions.yaml: 2 places")
        .hasMessageContaining("oil: content/wheel#cure: the document has no such section")
        .hasMessageContaining("zh-stone: content/stone: no passage there holds");
  }

  @Test
  void saysThatADomainHasNoQuestions() {
    assertThatThrownBy(() -> measure(new BenchRun[1]))
        .hasMessageContaining("'mill' has no questions.yaml").hasMessageContaining("millrace init");
  }
}
