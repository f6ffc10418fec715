// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import io.millrace.core.settings.DomainPack;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What Maven prints is replayed by a script, since a test may not depend on a network. */
@DisabledOnOs(OS.WINDOWS)
class FetchStepTest {

  @TempDir Path home;

  private Path output;
  private Path work;

  @BeforeEach
  void directories() throws IOException {
    output = Files.createDirectories(home.resolve("out"));
    work = Files.createDirectories(home.resolve("work"));
    Files.writeString(
        home.resolve("domain.yaml"),
        "name: mill\nsources:\n  javadoc: [org.mill:mill:1.0, org.mill:bare:2.0]\n");
  }

  private Step step(String script) throws IOException {
    Path maven = home.resolve("maven");
    Files.writeString(maven, "#!/bin/sh\n" + script);
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    return step(maven);
  }

  private Step step(Path maven) {
    return new FetchStep(
        new OfflineSettings(home, DomainPack.load(home), home, null, maven.toString(), "npm", 1, Set.of()));
  }

  private Step.Product build(Step step, AtomicBoolean cancelled) throws IOException {
    return step.build(
        Map.of(), output, work, new StepProgress("sources", ProgressListener.NONE, cancelled::get));
  }

  @Test
  void aLibraryWithoutDocumentationIsReportedAndLeftOut() throws IOException {
    Step step =
        step(
            """
            if grep -q '<artifactId>bare<' "$4"; then
              echo "[ERROR] Failed to execute goal x:copy (default-cli) on project documentation: Unable to find/resolve artifact. org.mill:bare:jar:javadoc:2.0 was not found in https://registry.example.org/maven2 during a previous attempt. -> [Help 1]"
              exit 1
            fi
            echo "[INFO] Copying mill-1.0-javadoc.jar to somewhere"
            """);

    Step.Product product = build(step, new AtomicBoolean());

    assertThat(product.notes()).containsExactly("org.mill:bare:2.0 publishes no javadoc jar, so it was left out");
    FetchStep.Sources sources = FetchStep.read(output);
    assertThat(sources.jars())
        .containsExactly(new FetchStep.Jar("org.mill_mill_1.0-javadoc.jar", "mill", "org.mill:mill:1.0"));
    assertThat(Files.readString(work.resolve("pom.xml"))).doesNotContain("http://repo", "https://");
  }

  @Test
  void aRegistryThatCannotBeReachedEndsTheStepInMavensOwnWords() throws IOException {
    Step step =
        step(
            """
            echo "[ERROR] Failed to execute goal: Could not transfer artifact org.mill:mill:jar:javadoc:1.0 from/to central: Connection refused -> [Help 1]"
            echo "[ERROR] "
            exit 1
            """);

    assertThatThrownBy(() -> build(step, new AtomicBoolean()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Connection refused")
        .hasMessageContaining("Maven settings");
  }

  @Test
  void withoutMavenItSaysWhatToInstall() {
    assertThatThrownBy(() -> build(step(home.resolve("no-such-maven")), new AtomicBoolean()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-such-maven")
        .hasMessageContaining("install Maven");
  }

  @Test
  void cancellingEndsMaven() throws IOException {
    Step step = step("echo $$ > '" + home.resolve("pid") + "'\nexec sleep 600\n");

    assertThatThrownBy(() -> build(step, new AtomicBoolean(true))).isInstanceOf(CancellationException.class);

    Path pid = home.resolve("pid");
    if (Files.exists(pid) && !Files.readString(pid).isBlank()) {
      ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(p -> p.onExit().join());
    }
  }
}
