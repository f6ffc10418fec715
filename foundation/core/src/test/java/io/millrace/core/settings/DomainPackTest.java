// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.settings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DomainPackTest {

  @TempDir Path directory;

  private DomainPack load(String yaml) throws IOException {
    Files.writeString(directory.resolve("domain.yaml"), yaml);
    return DomainPack.load(directory);
  }

  @Test
  void fillsWhatIsLeftOutWithDefaults() throws IOException {
    DomainPack pack = load("name: tiny\n");
    assertThat(pack.languages()).containsExactly("en", "zh");
    assertThat(pack.models().decoder().width()).isEqualTo(384);
    assertThat(pack.budgets().heldOutPercent()).isEqualTo(5);
  }

  @Test
  void namesFileLineAndKnownKeysWhenAKeyIsUnknown() {
    assertThatThrownBy(() -> load("name: tiny\nmodels:\n  decodr:\n    width: 64\n"))
        .hasMessageContaining("domain.yaml, line 3")
        .hasMessageContaining("'models.decodr'")
        .hasMessageContaining("decoder, embedder, reader, reranker, tokenizer, trainingLabels, tuning");
  }

  @Test
  void gatesOfOneKindLeaveThoseOfTheOthers() throws IOException {
    DomainPack pack = load("name: tiny\ngates:\n  decoder: [{score: perplexity, atMost: 20}]\n  reader: []\n");
    assertThat(pack.gates().get("decoder")).extracting(DomainPack.Gate::score).containsExactly("perplexity");
    assertThat(pack.gates().get("reader")).isEmpty();
    assertThat(pack.gates().get("reranker")).isEqualTo(load("name: tiny\n").gates().get("reranker")).isNotEmpty();
  }

  @Test
  void aRerankerHasNoTeacherAndNoFilesUnlessThePackSaysSo() throws IOException {
    assertThat(load("name: tiny\n").models().reranker()).isEqualTo(new DomainPack.RerankerPlan(0, 600, 0, List.of()));
    DomainPack.RerankerPlan plan =
        load("name: tiny\nmodels: {reranker: {seconds: 60, teacherSeconds: 300, data: [pairs.jsonl]}}\n").models().reranker();
    assertThat(plan).isEqualTo(new DomainPack.RerankerPlan(60, 600, 300, List.of("pairs.jsonl")));
    assertThatThrownBy(() -> load("name: tiny\nmodels: {reranker: {teacherSeconds: -1}}\n"))
        .hasMessageContaining("reranker teacher seconds -1").hasMessageContaining("0 has none");
    assertThatThrownBy(() -> load("name: tiny\nmodels: {reranker: {teacherSeconds: 300}}\n"))
        .hasMessageContaining("teacherSeconds 300 with seconds 0").hasMessageContaining("for example 120");
  }

  @Test
  void refusesValuesThatCannotWorkAndQuotesThem() {
    assertThatThrownBy(() -> load("name: tiny\nmodels: {decoder: {width: 100, heads: 6}}\n"))
        .hasMessageContaining("width 100")
        .hasMessageContaining("6 heads");
    assertThatThrownBy(() -> load("name: Bad Name\n")).hasMessageContaining("'Bad Name'");
    assertThatThrownBy(() -> load("name: tiny\nsources: {javadoc: [lucene]}\n")).hasMessageContaining("'lucene'");
    assertThatThrownBy(() -> load("name: tiny\nsources: {npm: [{name: chinese-poetry}]}\n"))
        .hasMessageContaining("'chinese-poetry'")
        .hasMessageContaining("chinese-poetry@2.0.1");
    assertThatThrownBy(() -> load("name: tiny\nsources: {npm: [{name: chinese-poetry@latest}]}\n"))
        .hasMessageContaining("exact version");
    assertThatThrownBy(() -> load("name: tiny\ngates: {decoder: [{score: x}]}\n")).hasMessageContaining("atLeast or atMost");
    assertThatThrownBy(() -> load("name: tiny\nlanguages: [fr]\n")).hasMessageContaining("'fr'");
  }

  @Test
  void directoriesArePathsOrPathsWithLabels() throws IOException {
    DomainPack pack =
        load("name: tiny\nsources:\n  directories:\n    - content\n    - {path: hr, labels: [hr, board]}\nmodels: {trainingLabels: [handbook]}\n");
    assertThat(pack.sources().directories())
        .containsExactly(DomainPack.Directory.of("content"), new DomainPack.Directory("hr", Set.of("board", "hr")));
    assertThat(pack.models().trainingLabels()).containsExactly("handbook");
    assertThat(load("name: tiny\n").models().trainingLabels()).isEmpty();
    assertThatThrownBy(() -> load("name: tiny\nsources:\n  directories:\n    - content\n    - {path: hr, labels: [HR]}\n"))
        .hasMessageContaining("domain.yaml, line 5").hasMessageContaining("'hr'").hasMessageContaining("'HR'");
    assertThatThrownBy(() -> load("name: tiny\nsources: {directories: [{labels: [hr]}]}\n")).hasMessageContaining("path");
    assertThatThrownBy(() -> load("name: tiny\nsources: {directories: [{path: hr, label: hr}]}\n"))
        .hasMessageContaining("label").hasMessageContaining("labels, path");
    assertThatThrownBy(() -> load("name: tiny\nmodels: {trainingLabels: ['*']}\n")).hasMessageContaining("'*'");
  }

  @Test
  void saysWhatToDoWhenThereIsNoDomain() {
    assertThatThrownBy(() -> DomainPack.load(directory)).hasMessageContaining("millrace init");
  }

  @Test
  void refusesYamlThatIsTorn() {
    assertThatThrownBy(() -> load("name: [")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("domain.yaml");
    assertThatThrownBy(() -> load("")).isInstanceOf(IllegalArgumentException.class);
  }
}
