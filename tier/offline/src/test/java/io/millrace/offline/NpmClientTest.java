// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A script in npm's place: what npm says is known, and a test may not depend on a network. */
@DisabledOnOs(OS.WINDOWS)
class NpmClientTest {

  @TempDir Path home;

  private NpmClient npm(String script) throws IOException {
    Path npm = home.resolve("npm");
    Files.writeString(npm, "#!/bin/sh\n" + script);
    assertThat(npm.toFile().setExecutable(true)).isTrue();
    return new NpmClient(npm.toString());
  }

  @Test
  void keepsWhatWasFetchedAndDoesNotAskForItAgain() throws IOException {
    Path cache = home.resolve("cache");
    NpmClient npm = npm("echo \"$@\" >> '" + home + "/asked'\necho content > poems-1.0.0.tgz\necho poems-1.0.0.tgz\n");

    Path archive = npm.fetch("@mill/poems@1.0.0", cache, () -> {});
    npm.fetch("@mill/poems@1.0.0", cache, () -> {});

    assertThat(archive).isEqualTo(cache.resolve("-mill-poems-1.0.0.tgz")).hasContent("content\n");
    assertThat(home.resolve("asked")).hasContent("pack --loglevel=error @mill/poems@1.0.0\n");
    assertThat(cache).isDirectoryContaining(archive::equals);
    try (var files = Files.list(cache)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void installsOnceAndWithoutScripts() throws IOException {
    NpmClient npm = npm("echo \"$@\" >> '" + home + "/asked'\nmkdir node_modules\n");

    npm.install(List.of("a@1.0.0", "@b/c@2.0.0"), home.resolve("cache/tools"), () -> {});
    npm.install(List.of("a@1.0.0", "@b/c@2.0.0"), home.resolve("cache/tools"), () -> {});

    assertThat(home.resolve("cache/tools/node_modules")).isDirectory();
    assertThat(Files.readString(home.resolve("asked"))).startsWith("install --ignore-scripts").endsWith(" a@1.0.0 @b/c@2.0.0\n")
        .hasLineCount(1);
  }

  @Test
  void anInstallationThatFailsLeavesNothing() throws IOException {
    NpmClient npm = npm("mkdir node_modules\necho 'npm error code ECONNREFUSED'\nexit 1\n");

    assertThatThrownBy(() -> npm.install(List.of("a@1.0.0"), home.resolve("cache/tools"), () -> {}))
        .isInstanceOf(IOException.class).hasMessageContaining("a@1.0.0: code ECONNREFUSED");
    try (var files = Files.list(home.resolve("cache"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void aPackageThatTheRegistryDoesNotHaveIsNamedWithTheRemedy() throws IOException {
    for (String said : new String[] {"npm ERR! code E404", "npm error code E404", "npm error code ETARGET"}) {
      NpmClient npm = npm("echo '" + said + "'\necho 'npm error 404 poems@1.0.0 is not here'\nexit 1\n");

      assertThatThrownBy(() -> npm.fetch("poems@1.0.0", home.resolve("cache"), () -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no package poems@1.0.0")
          .hasMessageContaining("sources.npm");
    }
  }

  @Test
  void aRegistryThatCannotBeReachedEndsItInNpmsOwnWords() throws IOException {
    NpmClient npm = npm("echo 'npm error code ECONNREFUSED'\necho 'npm error connect refused'\nexit 1\n");

    assertThatThrownBy(() -> npm.fetch("poems@1.0.0", home.resolve("cache"), () -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("code ECONNREFUSED; connect refused")
        .hasMessageContaining("npm settings");
    try (var files = Files.list(home.resolve("cache"))) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void withoutNpmItSaysWhatToInstall() {
    assertThatThrownBy(() -> new NpmClient(home.resolve("no-npm").toString()).fetch("poems@1.0.0", home, () -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no-npm")
        .hasMessageContaining("install Node.js");
  }

  @Test
  void cancellingEndsNpmAndLeavesNothing() throws IOException {
    NpmClient npm = npm("exec sleep 600\n");

    assertThatThrownBy(
            () ->
                npm.fetch(
                    "poems@1.0.0",
                    home.resolve("cache"),
                    () -> {
                      throw new CancellationException("enough");
                    }))
        .hasMessage("enough");
    try (var files = Files.list(home.resolve("cache"))) {
      assertThat(files).isEmpty();
    }
  }
}
