// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DirectoryArtifactRegistryTest extends ArtifactRegistryContract {

  @TempDir Path root;

  @Override
  protected ArtifactRegistry open() {
    return DirectoryArtifactRegistry.open(root);
  }

  @Test
  void saysWhichFileOfAVersionIsDamaged() throws Exception {
    ArtifactRegistry registry = open();
    ArtifactVersion version = commit(registry, NAME, "first");
    Path directory = registry.directory(version);
    Files.writeString(directory.resolve("weights.bin"), "fIrst");
    Files.delete(directory.resolve("tokenizer/vocabulary.txt"));
    Files.writeString(directory.resolve("extra.txt"), "?");

    assertThat(registry.verify(version))
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).startsWith("weights.bin: sha256 is"))
        .contains("tokenizer/vocabulary.txt: missing", "extra.txt: not part of the version");
  }

  @Test
  void namesATornManifest() throws Exception {
    ArtifactRegistry registry = open();
    ArtifactVersion version = commit(registry, NAME, "first");
    Path manifest = registry.directory(version).resolve("manifest.json");
    Files.writeString(manifest, Files.readString(manifest).substring(0, 40));

    assertThatThrownBy(() -> registry.version(NAME, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(manifest.toString())
        .hasMessageContaining("torn");
  }

  @Test
  void leavesTheStagingOfALivingProcessAlone() throws Exception {
    try (Staging staging = open().stage(NAME, "decoder")) {
      Files.writeString(staging.directory().resolve("weights.bin"), "x");
      ArtifactRegistry second = open();
      assertThat(staging.commit("hash", List.of(), Map.of(), Map.of()).version()).isEqualTo(1);
      assertThat(second.versions(NAME)).hasSize(1);
    }
  }

  @Test
  void refusesAFileNamedLikeItsOwn() throws Exception {
    try (Staging staging = open().stage(NAME, "decoder")) {
      Files.writeString(staging.directory().resolve("manifest.json"), "{}");
      assertThatThrownBy(() -> staging.commit("hash", List.of(), Map.of(), Map.of()))
          .hasMessageContaining("manifest.json");
    }
  }

  @Test
  void showsNoHalfVersionAfterAKill() throws Exception {
    for (int round = 0; round < 3; round++) {
      Process first = startCommitting();
      Process second = startCommitting();
      try (BufferedReader lines = first.inputReader(StandardCharsets.UTF_8)) {
        for (int i = 0; i < 5 + round; i++) {
          assertThat(lines.readLine()).startsWith("committed");
        }
        first.destroyForcibly().waitFor();
      }
      second.destroyForcibly().waitFor();

      ArtifactRegistry registry = open();
      List<ArtifactVersion> versions = registry.versions(NAME);
      assertThat(versions).hasSizeGreaterThanOrEqualTo(5);
      assertThat(versions).allSatisfy(version -> assertThat(registry.verify(version)).isEmpty());
      List<Integer> expected = new ArrayList<>();
      for (int i = 1; i <= versions.size(); i++) {
        expected.add(i);
      }
      assertThat(versions).extracting(ArtifactVersion::version).isEqualTo(expected);
      try (Stream<Path> left = Files.list(root.resolve(".staging"))) {
        assertThat(left).isEmpty();
      }
    }
  }

  private Process startCommitting() throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx128m",
            "-cp",
            System.getProperty("java.class.path"),
            CommitsForEver.class.getName(),
            root.toString())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** The program that is killed: it commits versions of two megabytes until it dies. */
  static final class CommitsForEver {
    public static void main(String[] args) throws Exception {
      ArtifactRegistry registry = DirectoryArtifactRegistry.open(Path.of(args[0]));
      byte[] block = new byte[1 << 20];
      for (int i = 0; i < 10_000; i++) {
        try (Staging staging = registry.stage(NAME, "decoder")) {
          Files.write(staging.directory().resolve("a.bin"), block);
          Files.write(staging.directory().resolve("b.bin"), block);
          ArtifactVersion version = staging.commit("hash-" + i, List.of(), Map.of(), Map.of());
          System.out.println("committed " + version.version());
        }
      }
    }
  }
}
