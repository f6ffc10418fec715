// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.settings.DomainPack;
import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What the pipeline works on.
 *
 * @param directory of the domain pack; relative paths in it begin here
 * @param pack contents of its {@code domain.yaml}
 * @param home where work in progress is kept, in {@code work/<step>}
 * @param pom a project whose dependencies' documentation is read instead of the pack's; null for the pack's own
 * @param maven the Maven client, for example {@code mvn}
 * @param npm the npm client, for example {@code npm}
 * @param parallelism workers of batch jobs
 * @param steps names of the steps to run; empty for all. Steps that they need must have results already.
 */
public record OfflineSettings(
    Path directory,
    DomainPack pack,
    Path home,
    @Nullable Path pom,
    String maven,
    String npm,
    int parallelism,
    Set<String> steps) {

  public OfflineSettings {
    directory = directory.toAbsolutePath().normalize();
    home = home.toAbsolutePath().normalize();
    steps = Set.copyOf(steps);
    for (String step : steps) {
      if (!OfflinePipeline.STEPS.contains(step)) {
        throw new IllegalArgumentException("unknown step '" + step + "': the steps are " + OfflinePipeline.STEPS);
      }
    }
    if (pom == null && pack.sources().pom() != null) {
      pom = directory.resolve(pack.sources().pom());
    }
    if (parallelism < 1) {
      throw new IllegalArgumentException("parallelism " + parallelism + " is not positive");
    }
  }

  /** Settings for all steps with the {@code mvn} and {@code npm} of the search path and two workers. */
  public static OfflineSettings of(Path directory, DomainPack pack, Path home) {
    return new OfflineSettings(directory, pack, home, null, "mvn", "npm", 2, Set.of());
  }

  /** Returns the same for another project's dependencies. */
  public OfflineSettings withPom(Path other) {
    return new OfflineSettings(directory, pack, home, other, maven, npm, parallelism, steps);
  }

  /** Returns the same for some steps only. */
  public OfflineSettings withSteps(List<String> some) {
    return new OfflineSettings(directory, pack, home, pom, maven, npm, parallelism, Set.copyOf(some));
  }

  /** Returns the same for all steps but some. */
  public OfflineSettings withoutSteps(List<String> some) {
    return withSteps(OfflinePipeline.STEPS.stream().filter(step -> !some.contains(step)).toList());
  }

  /** Returns the Maven coordinates that the pack names. */
  List<String> javadoc() {
    return orEmpty(pack.sources().javadoc());
  }

  /** Returns the pack's directories of content, as written there. */
  List<DomainPack.Directory> directories() {
    return orEmpty(pack.sources().directories());
  }

  /** Returns the access labels that do not keep documents out of training. */
  Set<String> trainingLabels() {
    return present(pack.models().trainingLabels());
  }

  /** Returns the packages of poems that the pack names. */
  List<DomainPack.PoemPackage> poems() {
    return orEmpty(pack.sources().npm());
  }

  int vocabulary() {
    return number(present(present(pack.models().tokenizer()).vocabulary()));
  }

  DomainPack.DecoderPlan decoder() {
    return present(pack.models().decoder());
  }

  int tuningSeconds() {
    return number(present(pack.models().tuning()).seconds());
  }

  int readerSeconds() {
    return number(present(pack.models().reader()).seconds());
  }

  int readerLeastSteps() {
    return number(present(pack.models().reader()).leastSteps());
  }

  int embedderSeconds() {
    return number(present(pack.models().embedder()).seconds());
  }

  int embedderLeastSteps() {
    return number(present(pack.models().embedder()).leastSteps());
  }

  int rerankerSeconds() {
    return number(present(pack.models().reranker()).seconds());
  }

  int rerankerLeastSteps() {
    return number(present(pack.models().reranker()).leastSteps());
  }

  int rerankerTeacherSeconds() {
    return number(present(pack.models().reranker()).teacherSeconds());
  }

  /** Returns the files that re-rankers learn from beside the domain's own questions. */
  List<Path> rerankerData() {
    return orEmpty(present(pack.models().reranker()).data()).stream().map(directory::resolve).toList();
  }

  /** Returns a number of the pack, which fills in defaults itself. */
  int number(@Nullable Integer value) {
    return present(value);
  }

  private static <T> T present(@Nullable T value) {
    return Objects.requireNonNull(value, "a domain pack fills in its defaults");
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  /** Returns the name of the domain's artifact, for example {@code java-docs/corpus}. */
  String artifact(String step) {
    return pack.name() + "/" + step;
  }

  /** Returns the directory in which a step keeps what it needs to continue. */
  Path work(String step) {
    return home.resolve("work").resolve(pack.name()).resolve(step);
  }
}
