// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.snapshot;

import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactVersion.FileSum;
import io.millrace.core.registry.DurableFiles;
import io.millrace.memory.DocumentView;
import io.millrace.memory.HeldCommit;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.IndexView;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Takes snapshots of a memory that serves and is written to. Each view is committed and held at that commit while its files are linked to, so
 * searches and writes go on; the two views may stand at different positions in the log, from which each of them goes on when it is restored.
 */
public final class SnapshotTaker {

  private static final Logger LOG = LoggerFactory.getLogger(SnapshotTaker.class);
  private static final DateTimeFormatter NAME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  /** How long a view may take to commit; one that writes a large piece first is taken at its last commit, some seconds old. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final SnapshotShelf shelf;
  private final MemoryKind kind;
  private final EventLog log;
  private final IndexGenerations index;
  private final DocumentView documents;
  private final InstantSource clock;
  private final LinkOrCopy places;
  private final ReentrantLock taking = new ReentrantLock();

  /**
   * Prepares to take snapshots, and removes those that were not finished.
   *
   * @param shelf that no other process takes snapshots into
   */
  public SnapshotTaker(
      SnapshotShelf shelf,
      MemoryKind kind,
      EventLog log,
      IndexGenerations index,
      DocumentView documents,
      InstantSource clock) {
    this(shelf, kind, log, index, documents, clock, LinkOrCopy.ON_DISK);
  }

  /** Prepares to take snapshots, with places for files of one's own, as above. */
  SnapshotTaker(
      SnapshotShelf shelf,
      MemoryKind kind,
      EventLog log,
      IndexGenerations index,
      DocumentView documents,
      InstantSource clock,
      LinkOrCopy places) {
    this.places = places;
    this.shelf = shelf;
    this.kind = kind;
    this.log = log;
    this.index = index;
    this.documents = documents;
    this.clock = clock;
    try {
      shelf.sweep();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("unfinished snapshots could not be removed: {}", e.toString());
    }
  }

  /** Returns the domain whose memory it is. */
  public String domain() {
    return kind.domain();
  }

  /**
   * Takes a snapshot.
   *
   * @param name of it; null for the time
   * @param scheduled whether it shall make room for later ones by itself, see {@link #keep}
   * @throws IllegalArgumentException when it is no name
   * @throws IllegalStateException when another one of that name is there or one is being taken, or a view has nothing to be taken yet
   * @throws IOException when it could not be written; nothing of it is left then
   */
  public SnapshotManifest take(@Nullable String name, boolean scheduled) throws IOException {
    if (!taking.tryLock()) {
      throw new IllegalStateException("another snapshot is being taken: wait until it is there, then try again");
    }
    try {
      Instant now = clock.instant();
      String chosen = name == null ? NAME.format(now) : name;
      shelf.checkFree(chosen);
      Path folder = shelf.begin();
      try {
        SnapshotManifest manifest = write(folder, chosen, now, scheduled);
        shelf.publish(folder, manifest);
        LOG.info("snapshot {} taken: {} bytes", chosen, manifest.bytes());
        return manifest;
      } catch (IOException | RuntimeException e) {
        try {
          DurableFiles.deleteTree(folder);
        } catch (IOException | UncheckedIOException left) {
          // It does not look like a snapshot, and the next start removes it.
          e.addSuppressed(left);
        }
        throw e;
      }
    } finally {
      taking.unlock();
    }
  }

  /**
   * Deletes scheduled snapshots but the latest ones; those that somebody asked for stay.
   *
   * @param most how many stay
   */
  public void keep(int most) throws IOException {
    List<SnapshotManifest> scheduled = scheduled();
    for (SnapshotManifest old : scheduled.subList(0, Math.max(0, scheduled.size() - most))) {
      shelf.delete(old.name());
      LOG.info("snapshot {} made room for later ones", old.name());
    }
  }

  /** Returns when the latest scheduled snapshot was taken; empty when there is none. */
  public Optional<Instant> latestScheduled() throws IOException {
    return scheduled().stream().reduce((_, later) -> later).map(SnapshotManifest::takenAt);
  }

  private List<SnapshotManifest> scheduled() throws IOException {
    return shelf.list().stream()
        .map(SnapshotShelf.Listed::manifest)
        .flatMap(Stream::ofNullable)
        .filter(SnapshotManifest::scheduled)
        .toList();
  }

  private SnapshotManifest write(Path folder, String name, Instant now, boolean scheduled) throws IOException {
    // Before anything is held: what fails in between would be held for ever.
    Optional<SnapshotManifest> before = shelf.latest();
    IndexGenerations.Held passages = index.hold(PATIENCE);
    Map<String, SnapshotManifest.View> views = new TreeMap<>();
    views.put(MemoryFolder.PASSAGES, view(folder, MemoryFolder.PASSAGES, passages.commit(), before));
    // A log that is away keeps nobody waiting: the view was committed when the log went.
    documents.commit(documents.trouble().isEmpty() ? PATIENCE : Duration.ZERO);
    views.put(MemoryFolder.DOCUMENTS, view(folder, MemoryFolder.DOCUMENTS, documents.hold(), before));
    Map<String, String> topics = new TreeMap<>();
    for (Topic topic : topics()) {
      topics.put(topic.suffix(), log.identity(topic));
    }
    long bytes = views.values().stream().flatMap(view -> view.files().values().stream()).mapToLong(FileSum::bytes).sum();
    return new SnapshotManifest(
        SnapshotManifest.LAYOUT, name, kind.domain(), now, scheduled, passages.models(), kind.precision().text(), topics, bytes, views);
  }

  static List<Topic> topics() {
    return Stream.concat(IndexView.TOPICS.stream(), DocumentView.TOPICS.stream()).toList();
  }

  private SnapshotManifest.View view(Path folder, String view, HeldCommit held, Optional<SnapshotManifest> before)
      throws IOException {
    Path files = folder.resolve(view);
    try (held) {
      Files.createDirectories(files);
      if (held.facts().isEmpty()) {
        throw new IllegalStateException(
            "the " + view + " are being built from the log and stand for nothing yet: take the snapshot in some seconds");
      }
      for (String file : held.files()) {
        places.of(held.directory().resolve(file), files.resolve(file));
      }
    }
    // The files are our own from here on, so checksums, which take the longest, keep nothing from being deleted.
    Map<String, FileSum> sums = new TreeMap<>();
    for (String file : held.files()) {
      sums.put(file, sum(view, file, files.resolve(file), before));
    }
    return new SnapshotManifest.View(held.format(), held.facts(), held.counts(), sums);
  }

  /** Files do not change, so one that the snapshot before holds, too, has the checksum that it had then. */
  private FileSum sum(String view, String name, Path file, Optional<SnapshotManifest> before) throws IOException {
    if (before.isPresent()) {
      FileSum known = before.get().view(view).files().get(name);
      try {
        if (known != null && Files.isSameFile(shelf.folder(before.get(), view).resolve(name), file)) {
          return known;
        }
      } catch (NoSuchFileException e) {
        LOG.debug("{} was deleted in between", before.get().name());
      }
    }
    return DurableFiles.sum(file);
  }
}
