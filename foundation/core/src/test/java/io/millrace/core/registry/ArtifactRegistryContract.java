// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What every {@link ArtifactRegistry} does. */
public abstract class ArtifactRegistryContract {

  protected static final String NAME = "java-docs/decoder";

  /** Returns another registry object on the store of this test, which is empty at first. */
  protected abstract ArtifactRegistry open();

  protected static ArtifactVersion commit(ArtifactRegistry registry, String name, String content) {
    try (Staging staging = registry.stage(name, "decoder")) {
      Files.writeString(staging.directory().resolve("weights.bin"), content);
      Files.createDirectories(staging.directory().resolve("tokenizer"));
      Files.writeString(staging.directory().resolve("tokenizer/vocabulary.txt"), "a b c");
      return staging.commit(
          "hash-of-" + content, List.of("java-docs/corpus@3"), Map.of("layers", "6"), Map.of("loss", 1.5));
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void givesBackWhatWasCommitted() throws Exception {
    ArtifactVersion version = commit(open(), NAME, "first");

    ArtifactRegistry other = open();
    assertThat(version.reference()).isEqualTo("java-docs/decoder@1");
    assertThat(version.files()).containsOnlyKeys("weights.bin", "tokenizer/vocabulary.txt");
    assertThat(version.files().get("weights.bin").bytes()).isEqualTo(5);
    assertThat(version.inputs()).containsExactly("java-docs/corpus@3");
    assertThat(version.scores()).containsEntry("loss", 1.5);
    assertThat(other.version(NAME, 1)).contains(version);
    assertThat(other.directory(version).resolve("weights.bin")).hasContent("first");
    assertThat(other.verify(version)).isEmpty();
    assertThat(other.version(NAME, 2)).isEmpty();
  }

  @Test
  void numbersVersionsFromOneAndListsThemOldestFirst() {
    ArtifactRegistry registry = open();
    assertThat(registry.versions(NAME)).isEmpty();
    commit(registry, NAME, "first");
    commit(open(), NAME, "second");
    commit(registry, NAME, "third");
    commit(registry, "java-docs/reader", "other");

    assertThat(registry.versions(NAME)).extracting(ArtifactVersion::version).containsExactly(1, 2, 3);
    assertThat(registry.names()).containsExactly("java-docs/decoder", "java-docs/reader");
  }

  @Test
  void findsTheLatestVersionMadeFromTheSameInputs() {
    ArtifactRegistry registry = open();
    commit(registry, NAME, "same");
    commit(registry, NAME, "same");
    commit(registry, NAME, "different");

    assertThat(registry.findByInputs(NAME, "hash-of-same")).get().extracting(ArtifactVersion::version).isEqualTo(2);
    assertThat(registry.findByInputs(NAME, "hash-of-none")).isEmpty();
  }

  @Test
  void throwsAwayWhatIsNotCommitted() throws Exception {
    ArtifactRegistry registry = open();
    Path directory;
    try (Staging staging = registry.stage(NAME, "decoder")) {
      directory = staging.directory();
      Files.writeString(directory.resolve("weights.bin"), "half");
    }
    assertThat(directory).doesNotExist();
    assertThat(registry.versions(NAME)).isEmpty();
    assertThat(registry.names()).isEmpty();
  }

  @Test
  void movesAliasesAndRemembersWhy() {
    ArtifactRegistry registry = open();
    commit(registry, NAME, "first");
    commit(registry, NAME, "second");
    assertThat(registry.alias(NAME, ArtifactRegistry.CHAMPION)).isEmpty();

    registry.promote(NAME, ArtifactRegistry.CHAMPION, 1, "passed its gates");
    registry.promote(NAME, ArtifactRegistry.CHAMPION, 2, "better");

    assertThat(open().alias(NAME, ArtifactRegistry.CHAMPION)).get().extracting(ArtifactVersion::version).isEqualTo(2);
    assertThat(open().history(NAME, ArtifactRegistry.CHAMPION))
        .extracting(AliasMove::version, AliasMove::reason)
        .containsExactly(
            org.assertj.core.api.Assertions.tuple(2, "better"),
            org.assertj.core.api.Assertions.tuple(1, "passed its gates"));
    assertThat(registry.alias(NAME, ArtifactRegistry.CANARY)).isEmpty();
  }

  @Test
  void rollsBackStepByStepUntilThereIsNoEarlierVersion() {
    ArtifactRegistry registry = open();
    for (String content : List.of("first", "second", "third")) {
      registry.promote(NAME, ArtifactRegistry.CHAMPION, commit(registry, NAME, content).version(), "newer");
    }

    assertThat(registry.rollback(NAME, ArtifactRegistry.CHAMPION, "worse").version()).isEqualTo(2);
    assertThat(registry.rollback(NAME, ArtifactRegistry.CHAMPION, "worse still").version()).isEqualTo(1);
    assertThatThrownBy(() -> registry.rollback(NAME, ArtifactRegistry.CHAMPION, "again"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("java-docs/decoder:champion")
        .hasMessageContaining("promote");
    assertThat(registry.alias(NAME, ArtifactRegistry.CHAMPION)).get().extracting(ArtifactVersion::version).isEqualTo(1);
    assertThat(registry.history(NAME, ArtifactRegistry.CHAMPION))
        .extracting(AliasMove::version)
        .containsExactly(1, 2, 3, 2, 1);
  }

  @Test
  void takesAnAliasAway() {
    ArtifactRegistry registry = open();
    registry.promote(NAME, ArtifactRegistry.CANARY, commit(registry, NAME, "first").version(), "trial");
    registry.retire(NAME, ArtifactRegistry.CANARY, "trial over");

    assertThat(registry.alias(NAME, ArtifactRegistry.CANARY)).isEmpty();
    assertThat(registry.history(NAME, ArtifactRegistry.CANARY)).extracting(AliasMove::version).containsExactly(0, 1);
    assertThat(registry.rollback(NAME, ArtifactRegistry.CANARY, "try again").version()).isEqualTo(1);
  }

  @Test
  void refusesToPointAtAVersionThatDoesNotExist() {
    ArtifactRegistry registry = open();
    commit(registry, NAME, "first");
    assertThatThrownBy(() -> registry.promote(NAME, ArtifactRegistry.CHAMPION, 7, "oops"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 7")
        .hasMessageContaining("[1]");
    assertThat(registry.alias(NAME, ArtifactRegistry.CHAMPION)).isEmpty();
  }

  @Test
  void refusesNamesThatDoNotFit() {
    ArtifactRegistry registry = open();
    for (String name : List.of("", "Upper", "../escape", "a//b", "a/", "/a", "a b", "a/versions", "aliases")) {
      assertThatThrownBy(() -> registry.stage(name, "decoder"))
          .as(name)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "'");
    }
  }

  @Test
  void refusesAnEmptyVersionAndASecondCommit() throws Exception {
    ArtifactRegistry registry = open();
    try (Staging staging = registry.stage(NAME, "decoder")) {
      assertThatThrownBy(() -> staging.commit("hash", List.of(), Map.of(), Map.of()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("holds no files");
      Files.writeString(staging.directory().resolve("weights.bin"), "x");
      staging.commit("hash", List.of(), Map.of(), Map.of());
      assertThatThrownBy(() -> staging.commit("hash", List.of(), Map.of(), Map.of()))
          .isInstanceOf(IllegalStateException.class);
    }
    assertThat(registry.versions(NAME)).hasSize(1);
  }

  @Test
  void letsSeveralWritersCommitAtOnce() throws Exception {
    int writers = 4;
    int each = 5;
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<?>> done = new ArrayList<>();
      for (int writer = 0; writer < writers; writer++) {
        String content = "writer-" + writer + "-";
        ArtifactRegistry registry = open();
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    ArtifactVersion version = commit(registry, NAME, content + i);
                    registry.promote(NAME, ArtifactRegistry.CHAMPION, version.version(), content + i);
                  }
                }));
      }
      for (Future<?> future : done) {
        future.get();
      }
    }
    ArtifactRegistry registry = open();
    List<ArtifactVersion> versions = registry.versions(NAME);
    assertThat(versions).hasSize(writers * each);
    assertThat(versions).extracting(ArtifactVersion::inputsHash).doesNotHaveDuplicates();
    assertThat(versions).allSatisfy(version -> assertThat(registry.verify(version)).isEmpty());
    assertThat(registry.history(NAME, ArtifactRegistry.CHAMPION)).hasSize(writers * each);
  }
}
