// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.LogFollower;
import io.millrace.core.log.Topic;
import io.millrace.memory.DocumentView;
import io.millrace.memory.IndexView;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Puts a snapshot in the place of a memory that nobody uses; its views go on in the log from there when they are opened. */
public final class SnapshotRestore {

  private final SnapshotShelf shelf;
  private final MemoryFolder folder;
  private final MemoryKind kind;
  private final EventLog log;
  private final LinkOrCopy places;

  /**
   * Prepares to restore.
   *
   * @param folder whose views nobody has open
   * @param kind of the memory that is to be
   * @param log that the views will go on in
   */
  public SnapshotRestore(SnapshotShelf shelf, MemoryFolder folder, MemoryKind kind, EventLog log) {
    this(shelf, folder, kind, log, LinkOrCopy.ON_DISK);
  }

  /** Prepares to restore, with places for files of one's own, as above. */
  SnapshotRestore(SnapshotShelf shelf, MemoryFolder folder, MemoryKind kind, EventLog log, LinkOrCopy places) {
    this.places = places;
    this.shelf = shelf;
    this.folder = folder;
    this.kind = kind;
    this.log = log;
  }

  /**
   * What was restored.
   *
   * @param behind offsets between the snapshot and the end of the log, which the views will read when they are opened
   */
  public record Restored(SnapshotManifest manifest, long behind) {}

  /**
   * Restores a snapshot. Whatever it refuses, the memory is as it was.
   *
   * @throws IllegalArgumentException when there is none of that name
   * @throws IllegalStateException when it is damaged, of another kind of memory, or of another log, with the remedy
   * @throws EventLogUnavailable when the log does not answer
   * @throws IOException when files cannot be read, linked or moved; the folder is as it was, or the snapshot's when it is opened again
   */
  public Restored restore(String name) throws IOException {
    SnapshotManifest manifest = shelf.manifest(name);
    checkKind(manifest);
    checkLog(manifest);
    long behind = 0;
    for (Map.Entry<String, List<Topic>> view : topics().entrySet()) {
      behind += LogFollower.lag(log, view.getValue(), manifest.view(view.getKey()).facts());
    }
    replace(shelf, manifest, folder, places);
    return new Restored(manifest, behind);
  }

  private static Map<String, List<Topic>> topics() {
    return Map.of(MemoryFolder.PASSAGES, IndexView.TOPICS, MemoryFolder.DOCUMENTS, DocumentView.TOPICS);
  }

  private void checkKind(SnapshotManifest manifest) {
    if (manifest.layout() != SnapshotManifest.LAYOUT) {
      throw refusal(manifest, "it has layout " + manifest.layout() + ", and this version of Millrace reads layout "
          + SnapshotManifest.LAYOUT, "restore it with the version that took it, or take a new one");
    }
    if (!manifest.domain().equals(kind.domain())) {
      throw refusal(manifest, "it is of the domain '" + manifest.domain() + "', not of '" + kind.domain() + "'",
          "restore it there");
    }
    Optional<String> objection = kind.objection(manifest.models());
    if (objection.isPresent()) {
      throw refusal(manifest, objection.get(), "put back the languages of domain.yaml and the registry with its embedders as they were, or start without it: " + REBUILD);
    }
    if (!manifest.precision().equals(kind.precision().text())) {
      throw refusal(manifest, "its embeddings have the precision " + manifest.precision() + ", and domain.yaml says "
          + kind.precision().text(),
          "set budgets.memory.vectors to " + manifest.precision() + ", or start without it: " + REBUILD);
    }
    kind.formats(manifest.models()).forEach(
        (view, format) -> {
          String found = manifest.view(view).format();
          if (!found.equals(format)) {
            throw refusal(manifest, "its " + view + " have the format '" + found + "', and this version of Millrace reads '"
                + format + "'", "start without it: " + REBUILD);
          }
        });
  }

  /** A snapshot that the log does not lead on from would be thrown away by the views, and what was there before, too. */
  private void checkLog(SnapshotManifest manifest) {
    for (Topic topic : SnapshotTaker.topics()) {
      String taken = manifest.topics().getOrDefault(topic.suffix(), "unknown");
      String found = log.identity(topic);
      if (!taken.equals(found)) {
        throw refusal(manifest, "it was taken of another log: its topic " + topic.name(log.domain()) + " was " + taken + ", and here it is "
            + found, lost(manifest));
      }
    }
    topics().forEach(
        (view, topics) -> {
          Optional<String> reason = LogFollower.reasonToStartOver(log, topics, manifest.view(view).facts());
          if (reason.isPresent()) {
            throw refusal(manifest, "the log does not lead on from its " + view + ": " + reason.get(), lost(manifest));
          }
        });
  }

  private static String lost(SnapshotManifest manifest) {
    Map<String, Long> documents = manifest.view(MemoryFolder.DOCUMENTS).counts();
    return "of its " + documents.getOrDefault("documents", 0L) + " documents and " + documents.getOrDefault("versions", 0L)
        + " earlier versions, those that this log does not hold would be lost at the next start, since the log is the truth. To keep them, put"
        + " back the log that the snapshot was taken of; otherwise start without it: " + REBUILD;
  }

  private static final String REBUILD = "the index goes on in the log, and what does not fit is built anew from it";

  private static IllegalStateException refusal(SnapshotManifest manifest, String reason, String remedy) {
    return new IllegalStateException(
        "snapshot '" + manifest.name() + "' was not restored, and nothing was changed: " + reason + "; " + remedy);
  }

  /** Puts a snapshot in the memory's place, without asking whether it fits. */
  static void replace(SnapshotShelf shelf, SnapshotManifest manifest, MemoryFolder folder, LinkOrCopy places) throws IOException {
    try {
      Path prepared = folder.prepare();
      for (String view : MemoryFolder.VIEWS) {
        prepare(manifest, view, shelf.folder(manifest, view), prepared.resolve(view), places);
      }
      folder.prepareIndex(manifest.models());
    } catch (IOException | RuntimeException e) {
      folder.discard();
      throw e;
    }
    folder.replace();
  }

  private static void prepare(SnapshotManifest manifest, String view, Path from, Path into, LinkOrCopy places) throws IOException {
    Files.createDirectories(into);
    for (String file : manifest.view(view).files().keySet()) {
      if (Files.isRegularFile(from.resolve(file), LinkOption.NOFOLLOW_LINKS)) {
        places.of(from.resolve(file), into.resolve(file));
      }
    }
    // What is going to be used is checked, so that a copy that went wrong is noticed, too.
    List<String> problems = SnapshotShelf.differences(manifest.view(view), into);
    if (!problems.isEmpty()) {
      throw refusal(
          manifest,
          "it is damaged: " + String.join("; ", problems).replace(into.toString(), from.toString()),
          "delete it and restore another one, or start without it: " + REBUILD);
    }
  }
}
