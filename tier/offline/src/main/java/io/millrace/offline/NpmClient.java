// SPDX-License-Identifier: Apache-2.0
package io.millrace.offline;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The system's npm client, which knows the user's own registries, mirrors and credentials. */
public final class NpmClient {

  /** How npm says that the registry answered and does not have a package, or not in this version. */
  private static final Pattern UNKNOWN = Pattern.compile("\\b(?:E404|ETARGET)\\b");

  private static final Pattern ERROR = Pattern.compile("^npm (?:ERR!|error) ");

  private final ExternalProgram npm;

  /**
   * A client.
   *
   * @param command for example {@code npm}
   */
  public NpmClient(String command) {
    this.npm =
        new ExternalProgram(
            command, "install Node.js with npm and put it on the PATH (Debian: apt-get install npm)");
  }

  /** Returns the name of the file that a package is kept in. */
  public static String file(String specification) {
    return specification.replaceAll("[^A-Za-z0-9.-]", "-") + ".tgz";
  }

  /**
   * Fetches a package unless the directory has it.
   *
   * @param specification name and exact version, for example {@code chinese-poetry@2.0.1}
   * @param directory where the archive is kept, complete or not at all
   * @param check called a few times a second; what it throws ends npm
   * @return the archive
   * @throws IllegalArgumentException when there is no npm, or the registry does not know the package, with the remedy
   * @throws CancellationException when it was cancelled; nothing of npm runs on then
   * @throws IOException when npm cannot fetch it, with its own words
   */
  public Path fetch(String specification, Path directory, Runnable check) throws IOException {
    Files.createDirectories(directory);
    Path kept = directory.resolve(file(specification));
    if (Files.isRegularFile(kept)) {
      return kept;
    }
    Path work = Files.createTempDirectory(directory, "npm-");
    try {
      ExternalProgram.Run run =
          npm.run(work, List.of("pack", "--loglevel=error", specification), line -> {}, check);
      List<Path> packed = archives(work);
      if (run.status() != 0 || packed.size() != 1) {
        throw failure(specification, run);
      }
      Files.move(packed.getFirst(), kept, StandardCopyOption.ATOMIC_MOVE);
      return kept;
    } finally {
      StepFiles.delete(work);
    }
  }

  /**
   * Installs packages, with what they need but without what they need only perhaps, unless the directory is there. Their
   * install scripts do not run.
   *
   * @param specifications names and exact versions
   * @param directory gets the {@code node_modules}; it is there complete or not at all
   * @param check called a few times a second; what it throws ends npm
   * @throws IllegalArgumentException when there is no npm, or the registry does not know a package, with the remedy
   * @throws CancellationException when it was cancelled; nothing of npm runs on then
   * @throws IOException when npm cannot install them, with its own words
   */
  public void install(List<String> specifications, Path directory, Runnable check) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.toAbsolutePath().getParent();
    Files.createDirectories(parent);
    Path work = Files.createTempDirectory(parent, "npm-");
    try {
      Files.writeString(work.resolve("package.json"), "{\"private\": true}\n");
      List<String> arguments = new ArrayList<>(List.of(
          "install", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"));
      arguments.addAll(specifications);
      ExternalProgram.Run run = npm.run(work, arguments, line -> {}, check);
      if (run.status() != 0 || !Files.isDirectory(work.resolve("node_modules"))) {
        throw failure(String.join(" ", specifications), run);
      }
      Files.move(work, directory, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      StepFiles.delete(work);
    }
  }

  private static List<Path> archives(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".tgz")).toList();
    }
  }

  private static IOException failure(String specification, ExternalProgram.Run run) {
    String said =
        run.output().stream()
            .filter(line -> ERROR.matcher(line).find())
            .map(line -> ERROR.matcher(line).replaceFirst("").strip())
            .filter(line -> !line.isEmpty())
            .limit(3)
            .collect(Collectors.joining("; "));
    if (UNKNOWN.matcher(said).find()) {
      throw new IllegalArgumentException(
          "npm's registry has no package " + specification + " (" + said
              + "): check its name and version under sources.npm in domain.yaml");
    }
    return new IOException(
        "npm could not fetch " + specification + ": " + (said.isEmpty() ? "it ended with status " + run.status() : said)
            + ". Check the network and your npm settings (~/.npmrc), then run the same command again.");
  }
}
