// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.stream.Stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/** Keeps the import rules of {@code docs/architecture.md}. */
class ArchitectureTest {

  private static final String[] FOUNDATION = packages("core", "eventlog", "tensor", "model");
  private static final List<String> CAPABILITIES =
      List.of("formats", "corpus", "train", "compress", "engine", "memory", "recommend", "guard", "agent", "evaluate");
  private static final String[] CAPABILITY = packages(CAPABILITIES.toArray(String[]::new));
  private static final String[] TIER = packages("offline", "nearline", "online");
  private static final String[] APP = packages("benchmarks", "cli");

  private static JavaClasses classes;

  @BeforeAll
  static void read() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.millrace");
    assertThat(classes.size()).isGreaterThan(100);
  }

  @Test
  void importsPointDownwardsOnly() {
    check(noClasses().that().resideInAnyPackage(FOUNDATION).should().dependOnClassesThat()
        .resideInAnyPackage(all(CAPABILITY, TIER, APP)));
    check(noClasses().that().resideInAnyPackage(CAPABILITY).should().dependOnClassesThat()
        .resideInAnyPackage(all(TIER, APP)));
    check(noClasses().that().resideInAnyPackage(TIER).should().dependOnClassesThat().resideInAnyPackage(APP));
  }

  @Test
  void capabilitiesKnowEachOtherThroughCoreOnly() {
    for (String capability : CAPABILITIES) {
      String[] others =
          packages(CAPABILITIES.stream().filter(other -> !other.equals(capability)).toArray(String[]::new));
      check(noClasses().that().resideInAnyPackage(packages(capability)).should().dependOnClassesThat()
          .resideInAnyPackage(others));
    }
  }

  @Test
  void tiersNeverImportEachOther() {
    check(slices().matching("io.millrace.(offline|nearline|online)..").should().notDependOnEachOther());
  }

  @Test
  void onlyTiersKnowWhatTheyRunIn() {
    check(noClasses().that().resideInAnyPackage(all(FOUNDATION, CAPABILITY)).should().dependOnClassesThat()
        .resideInAnyPackage("org.springframework..", "jakarta.servlet.."));
  }

  @Test
  void ofTheCapabilitiesOnlyTheCorpusIsWrittenAsADataflow() {
    check(noClasses().that().resideInAnyPackage(all(FOUNDATION, CAPABILITY)).and().resideOutsideOfPackage("io.millrace.corpus..")
        .should().dependOnClassesThat().resideInAnyPackage("org.apache.flink.."));
  }

  /** What a model has learned it may say to anybody: {@code TrainingCorpus} leaves out what labels keep from some. */
  @Test
  void stepsReadDocumentsWithoutThoseThatLabelsKeepFromSome() {
    check(noClasses().that().implement("io.millrace.offline.Step")
        .should().callMethod("io.millrace.corpus.Corpus", "read", "java.nio.file.Path"));
  }

  @Test
  void onlyTheEventLogKnowsTheBroker() {
    check(noClasses().that().resideInAnyPackage(all(packages("core", "tensor", "model", "online", "offline"), CAPABILITY, APP))
        .should().dependOnClassesThat().resideInAnyPackage("org.apache.kafka..", "kafka.."));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("io.millrace.(*).(**)").should().beFreeOfCycles());
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(classes);
  }

  private static String[] packages(String... modules) {
    return Stream.of(modules).map(module -> "io.millrace." + module + "..").toArray(String[]::new);
  }

  private static String[] all(String[]... parts) {
    return Stream.of(parts).flatMap(Stream::of).toArray(String[]::new);
  }
}
