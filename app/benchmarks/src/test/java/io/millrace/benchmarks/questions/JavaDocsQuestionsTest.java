// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.corpus.Corpus;
import io.millrace.evaluate.MissingEvidence;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The questions of the default domain. */
class JavaDocsQuestionsTest {

  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Path PACK = ROOT.resolve("domains/java-docs");

  @Test
  void areManyInBothLanguagesAndSomeHaveNoAnswer() {
    List<DomainQuestion> questions = DomainPack.load(PACK).questions(PACK).orElseThrow().questions();
    assertThat(questions).hasSizeGreaterThanOrEqualTo(120);
    assertThat(questions).filteredOn(question -> question.language().equals("zh")).hasSizeGreaterThanOrEqualTo(45);
    assertThat(questions).filteredOn(question -> !question.answerable()).hasSizeGreaterThanOrEqualTo(15);
    assertThat(questions).allSatisfy(question -> assertThat(question.tags()).as(question.id()).isNotEmpty());
  }

  /** Needs the corpus of an earlier {@code millrace up} or {@code millrace bench questions}. */
  @Test
  void areAnsweredWhereTheySay() throws IOException {
    String given = System.getenv("MILLRACE_HOME");
    Path registry = (given == null ? ROOT.resolve(".millrace") : Path.of(given)).resolve("java-docs").resolve("registry");
    assumeTrue(Files.isDirectory(registry), "no corpus in " + registry + ": run 'millrace up' once");
    ArtifactRegistry artifacts = DirectoryArtifactRegistry.open(registry);
    var corpus = artifacts.alias("java-docs/corpus", ArtifactRegistry.CHAMPION);
    assumeTrue(corpus.isPresent(), "no corpus in " + registry + ": run 'millrace up' once");
    assertThat(MissingEvidence.of(
            DomainPack.load(PACK).questions(PACK).orElseThrow(), Corpus.read(artifacts.directory(corpus.get())).documents()))
        .isEmpty();
  }
}
