// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.settings.DomainPack;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where a domain's pack and its data are.
 *
 * @param packDirectory holds {@code domain.yaml}
 * @param pack its contents
 * @param home holds everything that is made for the domain: log, artifacts, index
 */
record Place(Path packDirectory, DomainPack pack, Path home) {

  static final String DEFAULT_DOMAIN = "java-docs";

  /**
   * Finds a domain by name or by directory.
   *
   * @param domain a directory with a {@code domain.yaml}, or the name of one under {@code domains/}
   * @throws IllegalArgumentException when there is none, listing those that there are
   */
  static Place of(@Nullable String domain) {
    String wanted = domain == null ? DEFAULT_DOMAIN : domain;
    Path asDirectory = Path.of(wanted);
    Path packs = root().resolve("domains");
    Path directory =
        Files.isRegularFile(asDirectory.resolve("domain.yaml")) ? asDirectory : packs.resolve(wanted);
    if (!Files.isRegularFile(directory.resolve("domain.yaml"))) {
      throw new IllegalArgumentException(
          "no domain '" + wanted + "': there is no " + asDirectory.resolve("domain.yaml") + ". Known domains: "
              + String.join(", ", known(packs)) + ". Write your own with 'millrace init my-domain'.");
    }
    DomainPack pack = DomainPack.load(directory);
    return new Place(directory.toAbsolutePath().normalize(), pack, homes().resolve(pack.name()));
  }

  /** Returns the directory that holds the data of all domains. */
  static Path homes() {
    String home = System.getenv("MILLRACE_HOME");
    return home != null ? Path.of(home) : Path.of(".millrace").toAbsolutePath();
  }

  private static Path root() {
    String root = System.getenv("MILLRACE_ROOT");
    return root != null ? Path.of(root) : Path.of("").toAbsolutePath();
  }

  private static List<String> known(Path packs) {
    if (!Files.isDirectory(packs)) {
      return List.of("none");
    }
    try (Stream<Path> all = Files.list(packs)) {
      return all.filter(p -> Files.isRegularFile(p.resolve("domain.yaml")))
          .map(p -> p.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
