// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.questions;

import io.millrace.core.document.Document;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.core.settings.DomainQuestion;
import io.millrace.core.settings.DomainQuestions;
import io.millrace.core.settings.EvidencePlace;
import io.millrace.corpus.Corpus;
import io.millrace.evaluate.MissingEvidence;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineSettings;
import io.millrace.offline.ProgressListener;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

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

  /** What the pack's own files answer needs no documentation of libraries, and so no network. */
  @Test
  void thoseAboutTheHouseAreAnsweredByFilesThatEverybodyMayRead(@TempDir Path home) throws IOException {
    DomainPack pack = DomainPack.load(PACK);
    DomainPack files =
        new DomainPack(
            pack.name(), pack.title(), pack.languages(), new DomainPack.Sources(null, null, pack.sources().directories(), null),
            pack.models(), pack.gates(), pack.budgets());
    List<Document> documents =
        OfflinePipeline.corpus(
                OfflineSettings.of(PACK, files, home), DirectoryArtifactRegistry.open(home.resolve("registry")), ProgressListener.NONE,
                () -> false)
            .documents();
    List<DomainQuestion> questions =
        pack.questions(PACK).orElseThrow().questions().stream().flatMap(question -> aboutTheHouse(question, documents)).toList();

    assertThat(questions).hasSizeGreaterThanOrEqualTo(10);
    assertThat(questions).extracting(DomainQuestion::language).contains("en", "zh");
    assertThat(MissingEvidence.of(new DomainQuestions(questions), documents)).isEmpty();
    assertThat(questions).flatExtracting(DomainQuestion::evidence).extracting(EvidencePlace::document)
        .allSatisfy(id -> assertThat(documents).filteredOn(document -> document.id().equals(id)).flatExtracting(Document::labels).isEmpty());
    // Pairs of questions and answers, each a section of its own.
    assertThat(documents).filteredOn(document -> document.kind().equals("questions"))
        .flatExtracting(Document::sections).hasSizeBetween(30, 60);
  }

  /** The question with those of its places alone that are no library's. */
  private static Stream<DomainQuestion> aboutTheHouse(DomainQuestion question, List<Document> documents) {
    List<String> libraries = documents.stream().map(document -> document.path().getFirst()).distinct().toList();
    List<EvidencePlace> places =
        question.evidence().stream().filter(place -> libraries.contains(place.document().split("/")[0])).toList();
    return places.isEmpty()
        ? Stream.empty()
        : Stream.of(new DomainQuestion(question.id(), question.question(), question.language(), places, question.answer(), question.tags()));
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
