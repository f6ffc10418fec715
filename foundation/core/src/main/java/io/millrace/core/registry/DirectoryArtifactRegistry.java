// SPDX-License-Identifier: Apache-2.0
package io.millrace.core.registry;

import io.millrace.core.json.Json;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * An artifact registry in a directory, which several processes may share. Versions live in
 * {@code <name>/versions/<n>}, each with its {@code manifest.json}; aliases in {@code <name>/aliases}; what is being
 * written in {@code .staging}. A commit makes every file durable and then renames the whole directory, which the
 * file system does at once or not at all.
 */
public final class DirectoryArtifactRegistry implements ArtifactRegistry {

  static final String MANIFEST = "manifest.json";
  private static final String VERSIONS = "versions";
  private static final String ALIASES = "aliases";
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*)*");
  private static final Pattern ALIAS = Pattern.compile("[a-z0-9][a-z0-9-]*");
  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

  private final Path root;
  private final StagingArea stagings;

  private DirectoryArtifactRegistry(Path root) throws IOException {
    this.root = root;
    this.stagings = new StagingArea(root.resolve(".staging"));
  }

  /**
   * Opens a registry, making the directory if need be, and sweeps away what processes that have died left unfinished.
   *
   * @throws UncheckedIOException when the directory cannot be made or read
   */
  public static DirectoryArtifactRegistry open(Path root) {
    try {
      Files.createDirectories(root);
      DirectoryArtifactRegistry registry = new DirectoryArtifactRegistry(root.toAbsolutePath().normalize());
      registry.stagings.sweep();
      return registry;
    } catch (IOException e) {
      throw DurableFiles.failure("open the artifact registry", root, e);
    }
  }

  @Override
  public Staging stage(String name, String kind) {
    checkName(name);
    return stagings.begin(name, kind, this::commit);
  }

  @Override
  public List<String> names() {
    List<String> names = new ArrayList<>();
    try {
      collectNames(root, names);
    } catch (IOException e) {
      throw DurableFiles.failure("list the artifacts", root, e);
    }
    return names.stream().sorted().toList();
  }

  @Override
  public List<ArtifactVersion> versions(String name) {
    return numbers(name).stream().map(number -> read(name, number)).toList();
  }

  @Override
  public Optional<ArtifactVersion> version(String name, int version) {
    checkName(name);
    return Files.isDirectory(versionDirectory(name, version)) ? Optional.of(read(name, version)) : Optional.empty();
  }

  @Override
  public Optional<ArtifactVersion> findByInputs(String name, String inputsHash) {
    return numbers(name).reversed().stream()
        .map(number -> read(name, number))
        .filter(version -> version.inputsHash().equals(inputsHash))
        .findFirst();
  }

  @Override
  public Optional<ArtifactVersion> alias(String name, String alias) {
    int current = aliasFile(name, alias).current();
    return current == 0 ? Optional.empty() : Optional.of(pointedAt(name, alias, current));
  }

  @Override
  public void promote(String name, String alias, int version, String reason) {
    AliasFile file = aliasFile(name, alias);
    if (version(name, version).isEmpty()) {
      throw new IllegalArgumentException(
          "cannot point " + name + ":" + alias + " at version " + version + ", which does not exist; there are: "
              + numbers(name));
    }
    file.promote(version, reason);
  }

  @Override
  public void retire(String name, String alias, String reason) {
    aliasFile(name, alias).retire(reason);
  }

  @Override
  public ArtifactVersion rollback(String name, String alias, String reason) {
    return pointedAt(name, alias, aliasFile(name, alias).rollback(reason));
  }

  @Override
  public List<AliasMove> history(String name, String alias) {
    return aliasFile(name, alias).history();
  }

  @Override
  public Path directory(ArtifactVersion version) {
    Path directory = versionDirectory(version.name(), version.version());
    if (!Files.isDirectory(directory)) {
      throw new IllegalArgumentException(version.reference() + " is not in the registry: " + directory + " is missing");
    }
    return directory;
  }

  @Override
  public RunBoard runs() {
    return new RunBoard(root);
  }

  @Override
  public List<String> verify(ArtifactVersion version) {
    Path directory = directory(version);
    List<String> wrong = new ArrayList<>();
    try {
      Map<String, Path> found = DurableFiles.regularFiles(directory);
      found.remove(MANIFEST);
      version.files().forEach((relative, sum) -> {
        Path file = found.remove(relative);
        if (file == null) {
          wrong.add(relative + ": missing");
          return;
        }
        ArtifactVersion.FileSum actual = DurableFiles.sum(file);
        if (actual.bytes() != sum.bytes()) {
          wrong.add(relative + ": " + actual.bytes() + " bytes, expected " + sum.bytes());
        } else if (!actual.sha256().equals(sum.sha256())) {
          wrong.add(relative + ": sha256 is " + actual.sha256() + ", expected " + sum.sha256());
        }
      });
      found.keySet().forEach(relative -> wrong.add(relative + ": not part of the version"));
    } catch (IOException e) {
      throw DurableFiles.failure("verify " + version.reference(), directory, e);
    }
    return wrong;
  }

  private ArtifactVersion commit(
      Path directory,
      String name,
      String kind,
      String inputsHash,
      List<String> inputs,
      Map<String, String> settings,
      Map<String, Double> scores) {
    try {
      Map<String, ArtifactVersion.FileSum> sums = sums(directory, name);
      DurableFiles.force(directory);
      Path versions = root.resolve(name).resolve(VERSIONS);
      Files.createDirectories(versions);
      int number = 1 + (numbers(name).isEmpty() ? 0 : numbers(name).getLast());
      while (true) {
        ArtifactVersion version =
            new ArtifactVersion(name, kind, number, inputsHash, inputs, settings, scores, sums, Instant.now());
        DurableFiles.write(directory.resolve(MANIFEST), Json.writePretty(version));
        DurableFiles.forceEntry(directory);
        if (rename(directory, versions.resolve(Integer.toString(number)))) {
          for (Path up = versions; up != null && up.startsWith(root); up = up.getParent()) {
            DurableFiles.forceEntry(up);
          }
          return version;
        }
        number++;
      }
    } catch (IOException e) {
      throw DurableFiles.failure("commit a version of " + name, directory, e);
    }
  }

  private static Map<String, ArtifactVersion.FileSum> sums(Path directory, String name) throws IOException {
    Map<String, Path> files = DurableFiles.regularFiles(directory);
    if (files.containsKey(MANIFEST)) {
      throw new IllegalStateException(
          files.get(MANIFEST) + " has the name that the registry's own file has: call yours something else");
    }
    if (files.isEmpty()) {
      throw new IllegalStateException("nothing to commit for " + name + ": " + directory + " holds no files");
    }
    Map<String, ArtifactVersion.FileSum> sums = new TreeMap<>();
    files.forEach((relative, file) -> sums.put(relative, DurableFiles.sum(file)));
    return sums;
  }

  /** Returns false when another process took that number first: a directory that is not empty is never replaced. */
  private static boolean rename(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (FileSystemException e) {
      if (Files.isDirectory(to)) {
        return false;
      }
      throw e;
    }
  }

  private ArtifactVersion read(String name, int number) {
    Path manifest = versionDirectory(name, number).resolve(MANIFEST);
    try {
      return Json.read(Files.readString(manifest), ArtifactVersion.class);
    } catch (IOException | RuntimeException e) {
      throw new IllegalStateException(
          name + "@" + number + " cannot be read: " + manifest + " is torn or missing (" + e.getMessage()
              + "); move that version's directory away or restore it from a copy",
          e);
    }
  }

  private ArtifactVersion pointedAt(String name, String alias, int version) {
    return version(name, version)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    name + ":" + alias + " points at version " + version + ", whose directory "
                        + versionDirectory(name, version) + " is gone; restore it or promote another version"));
  }

  private List<Integer> numbers(String name) {
    checkName(name);
    Path versions = root.resolve(name).resolve(VERSIONS);
    if (!Files.isDirectory(versions)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(versions)) {
      return list.map(path -> path.getFileName().toString())
          .filter(file -> NUMBER.matcher(file).matches())
          .map(Integer::valueOf)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw DurableFiles.failure("list the versions of " + name, versions, e);
    }
  }

  private void collectNames(Path directory, List<String> names) throws IOException {
    List<Path> children;
    try (Stream<Path> list = Files.list(directory)) {
      children = list.filter(Files::isDirectory).toList();
    }
    for (Path child : children) {
      String file = child.getFileName().toString();
      if (file.equals(VERSIONS) && !directory.equals(root)) {
        String name = root.relativize(directory).toString().replace('\\', '/');
        if (!numbers(name).isEmpty()) {
          names.add(name);
        }
      } else if (NAME.matcher(file).matches() && !file.equals(ALIASES)) {
        collectNames(child, names);
      }
    }
  }

  private Path versionDirectory(String name, int version) {
    return root.resolve(name).resolve(VERSIONS).resolve(Integer.toString(version));
  }

  private AliasFile aliasFile(String name, String alias) {
    checkName(name);
    if (!ALIAS.matcher(alias).matches()) {
      throw new IllegalArgumentException(
          "alias '" + alias + "': use lower-case letters, digits and hyphens, a letter or digit first");
    }
    return new AliasFile(name + ":" + alias, root.resolve(name).resolve(ALIASES).resolve(alias + ".json"));
  }

  private static void checkName(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "artifact name '" + name + "': use lower-case letters, digits and hyphens, in parts separated by /");
    }
    for (String part : name.split("/", -1)) {
      if (part.equals(VERSIONS) || part.equals(ALIASES)) {
        throw new IllegalArgumentException(
            "artifact name '" + name + "': the part '" + part + "' is taken by the registry's own layout");
      }
    }
  }
}
