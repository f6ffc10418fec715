// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.settings.DomainPack;
import io.millrace.offline.OfflineSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Where a domain's pack and its data are.
 *
 * @param packDirectory holds {@code domain.yaml}
 * @param pack its contents
 * @param home holds everything that is made for the domain: log, artifacts, index
 */
public record Place(Path packDirectory, DomainPack pack, Path home) {

  static final String DEFAULT_DOMAIN = "java-docs";

  /** Folders of {@link #homes} that are no domain's. */
  private static final Set<String> RESERVED = Set.of("builds", "models");

  /**
   * Finds a domain by name or by directory.
   *
   * @param domain a directory with a {@code domain.yaml}, or the name of one under {@code domains/}
   * @throws IllegalArgumentException when there is none, listing those that there are
   */
  public static Place of(@Nullable String domain) {
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
    if (RESERVED.contains(pack.name())) {
      throw new IllegalArgumentException(
          "domain name '" + pack.name() + "' is kept for Millrace's own files: choose another name in "
              + directory.resolve("domain.yaml"));
    }
    return new Place(directory.toAbsolutePath().normalize(), pack, homes().resolve(pack.name()));
  }

  /** Opens the registry of what was made for the domain. */
  public ArtifactRegistry registry() {
    return DirectoryArtifactRegistry.open(home.resolve("registry"));
  }

  /**
   * Returns the same domain pack for the dependencies of a project, with a name and data of its own, and as much memory as these need.
   *
   * @param pom the project's {@code pom.xml}
   */
  Place forProject(Path pom) {
    Path file = pom.toAbsolutePath().normalize();
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("no file " + pom + ": give the path of a project's pom.xml with --pom");
    }
    Path folder = file.getParent();
    String project = folder == null || folder.getFileName() == null ? "project" : folder.getFileName().toString();
    String name = ("deps-of-" + project.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-")).replaceAll("-+$", "");
    name = name.substring(0, Math.min(name.length(), 41));
    DomainPack own =
        new DomainPack(
            name,
            Map.of("en", "Dependencies of " + project, "zh", project + " 的依赖"),
            pack.languages(),
            new DomainPack.Sources(null, file.toString(), null, null),
            pack.models(),
            pack.gates(),
            pack.budgets().withoutMemoryLimits());
    return new Place(packDirectory, own, homes().resolve(name));
  }

  /** Sends what the process logs to a file of the domain; only warnings of our own also reach the terminal. */
  public void logToFile() {
    System.setProperty("millrace.log.file", home.resolve("logs").resolve("millrace.log").toString());
    System.setProperty("logback.configurationFile", "millrace-logback.xml");
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  /** Returns settings for the whole offline pipeline. */
  OfflineSettings offline(@Nullable Path pom) {
    OfflineSettings settings = OfflineSettings.of(packDirectory, pack, home);
    return pom == null ? settings : settings.withPom(pom.toAbsolutePath().normalize());
  }

  /** Returns the directory that holds the data of all domains. */
  static Path homes() {
    String home = System.getenv("MILLRACE_HOME");
    return home != null ? Path.of(home) : Path.of(".millrace").toAbsolutePath();
  }

  /** Returns the directory of the checkout. */
  static Path root() {
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
