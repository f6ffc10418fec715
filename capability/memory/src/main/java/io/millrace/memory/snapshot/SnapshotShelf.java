// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.json.Json;
import io.millrace.core.registry.ArtifactVersion.FileSum;
import io.millrace.core.registry.DurableFiles;
import io.millrace.memory.HeldCommit;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.FSDirectory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Snapshots on disk: a folder for each, with {@link SnapshotManifest#FILE} and a folder for each view. A snapshot is there as a whole or
 * not at all: what is being taken or deleted has a name that begins with a dot.
 */
public final class SnapshotShelf {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotShelf.class);
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final String TAKING = ".taking-";
  private static final String DELETING = ".deleting-";

  private final Path directory;

  /**
   * A shelf.
   *
   * @param directory that holds snapshots only; it need not be there yet
   */
  public SnapshotShelf(Path directory) {
    this.directory = directory;
  }

  /**
   * A folder on the shelf.
   *
   * @param manifest null when it cannot be read
   * @param problem why not; empty when it can
   */
  public record Listed(String name, @Nullable SnapshotManifest manifest, String problem) {
    private Instant takenAt() {
      return manifest == null ? Instant.EPOCH : manifest.takenAt();
    }
  }

  /** Returns all snapshots, oldest first; those whose manifest cannot be read lead. */
  public List<Listed> list() throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Listed> all = new ArrayList<>();
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : (Iterable<Path>) entries::iterator) {
        String name = entry.getFileName().toString();
        if (Files.isDirectory(entry) && !name.startsWith(".")) {
          all.add(listed(name));
        }
      }
    }
    all.sort(Comparator.comparing(Listed::takenAt).thenComparing(Listed::name));
    return all;
  }

  private Listed listed(String name) {
    try {
      return new Listed(name, read(name), "");
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      return new Listed(name, null, String.valueOf(e.getMessage()));
    }
  }

  /** Returns the latest snapshot that can be read. */
  Optional<SnapshotManifest> latest() throws IOException {
    return list().stream().map(Listed::manifest).flatMap(Stream::ofNullable).reduce((_, later) -> later);
  }

  /**
   * Returns what a snapshot holds.
   *
   * @throws IllegalArgumentException when there is none of that name, listing those that there are
   * @throws IllegalStateException when its manifest is damaged
   */
  public SnapshotManifest manifest(String name) throws IOException {
    check(name);
    if (!Files.isDirectory(directory.resolve(name))) {
      List<String> there = list().stream().map(Listed::name).toList();
      throw new IllegalArgumentException(
          "there is no snapshot '" + name + "' in " + directory + (there.isEmpty() ? ": there is none at all" : ", but " + there));
    }
    return read(name);
  }

  private SnapshotManifest read(String name) throws IOException {
    Path file = directory.resolve(name).resolve(SnapshotManifest.FILE);
    SnapshotManifest manifest;
    try {
      manifest = Json.read(Files.readString(file), SnapshotManifest.class);
    } catch (IOException | IllegalArgumentException | NullPointerException e) {
      throw new IllegalStateException(
          "snapshot '" + name + "' is damaged: " + file + " cannot be read (" + e.getMessage()
              + "); delete this snapshot and use another one",
          e);
    }
    if (!name.equals(manifest.name())) {
      throw new IllegalStateException(
          "snapshot '" + name + "' says that it is '" + manifest.name() + "': give its folder in " + directory + " that name");
    }
    return manifest;
  }

  /**
   * Compares every file with its checksum.
   *
   * @return what is wrong, naming the file; empty when all is well
   */
  public List<String> verify(String name) throws IOException {
    SnapshotManifest manifest = manifest(name);
    List<String> problems = new ArrayList<>();
    for (String view : manifest.views().keySet()) {
      problems.addAll(differences(manifest.view(view), folder(manifest, view)));
    }
    return problems;
  }

  /** Returns what is wrong with a view's files in some folder. */
  static List<String> differences(SnapshotManifest.View view, Path folder) {
    List<String> problems = new ArrayList<>();
    for (Map.Entry<String, FileSum> each : view.files().entrySet()) {
      Path file = folder.resolve(each.getKey());
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        problems.add(file + (Files.exists(file, LinkOption.NOFOLLOW_LINKS) ? " is not a plain file" : " is missing"));
        continue;
      }
      FileSum found;
      try {
        found = DurableFiles.sum(file);
      } catch (UncheckedIOException e) {
        problems.add(String.valueOf(e.getMessage()));
        continue;
      }
      if (found.bytes() != each.getValue().bytes()) {
        problems.add(file + " has " + found.bytes() + " bytes instead of " + each.getValue().bytes());
      } else if (!found.sha256().equals(each.getValue().sha256())) {
        problems.add(file + " has the checksum " + found.sha256() + " instead of " + each.getValue().sha256());
      }
    }
    if (problems.isEmpty()) {
      difference(view, folder).ifPresent(problems::add);
    }
    return problems;
  }

  /** The commit itself says what belongs to it and what it stands for: a manifest that says otherwise is not believed. */
  private static Optional<String> difference(SnapshotManifest.View view, Path folder) {
    try (FSDirectory directory = FSDirectory.open(folder)) {
      SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
      if (!view.files().keySet().equals(Set.copyOf(commit.files(true)))) {
        return Optional.of(folder + " is a commit of the files " + new TreeSet<>(commit.files(true)) + ", but its manifest names " + view.files().keySet());
      }
      Map<String, String> facts = new TreeMap<>(commit.getUserData());
      return view.format().equals(facts.remove(HeldCommit.FORMAT)) && facts.equals(view.facts())
          ? Optional.empty()
          : Optional.of(folder + " stands for " + commit.getUserData() + ", but its manifest says " + view.format() + " " + view.facts());
    } catch (IOException | IllegalArgumentException e) {
      return Optional.of(folder + " is no commit of an index: " + e.getMessage());
    }
  }

  /**
   * Deletes a snapshot.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public void delete(String name) throws IOException {
    check(name);
    Path folder = directory.resolve(name);
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("there is no snapshot '" + name + "' in " + directory);
    }
    Path away = directory.resolve(DELETING + UUID.randomUUID());
    Files.move(folder, away, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.deleteTree(away);
  }

  /** Removes what interrupted processes left behind. Only for the one process that takes snapshots. */
  void sweep() throws IOException {
    if (!Files.isDirectory(directory)) {
      return;
    }
    List<Path> left;
    try (Stream<Path> entries = Files.list(directory)) {
      left = entries.filter(entry -> unfinished(entry.getFileName().toString())).toList();
    }
    for (Path each : left) {
      LOG.info("removing {}: taking or deleting this snapshot was interrupted", each);
      DurableFiles.deleteTree(each);
    }
  }

  private static boolean unfinished(String name) {
    return name.startsWith(TAKING) || name.startsWith(DELETING);
  }

  /** Returns an empty folder for a snapshot in the making. */
  Path begin() throws IOException {
    return Files.createDirectories(directory.resolve(TAKING + UUID.randomUUID()));
  }

  /** Makes a snapshot of a folder that {@link #begin} made, durably and all at once. */
  void publish(Path folder, SnapshotManifest manifest) throws IOException {
    DurableFiles.write(folder.resolve(SnapshotManifest.FILE), Json.writePretty(manifest));
    DurableFiles.force(folder);
    Files.move(folder, directory.resolve(manifest.name()), StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.forceEntry(directory);
  }

  /** Returns where a snapshot keeps the files of a view. */
  Path folder(SnapshotManifest manifest, String view) {
    return directory.resolve(manifest.name()).resolve(view);
  }

  /**
   * Refuses a name that a new snapshot cannot have.
   *
   * @throws IllegalArgumentException when it is no name
   * @throws IllegalStateException when there is a snapshot of that name
   */
  void checkFree(String name) {
    check(name);
    if (Files.exists(directory.resolve(name))) {
      throw new IllegalStateException("there is a snapshot '" + name + "' already: choose another name, or delete it first");
    }
  }

  private static void check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is no name of a snapshot: it must begin with a letter or digit, and have at most 64 letters, digits and . _ -");
    }
  }
}
