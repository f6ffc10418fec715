// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.memory.DocumentVersion;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;
import io.millrace.online.Deadlines;
import io.millrace.online.event.Acknowledgement;
import io.millrace.online.event.EventJournal;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Documents that clients put and delete: a change is done when the log has it, and is seen here at once. */
public final class DocumentWrites {

  private final EventLog log;
  private final EventJournal journal;
  /** Writes of equal documents go one after the other; of others, seldom. */
  private static final int LOCKS = 64;

  private final DocumentView documents;
  private final Growth growth;
  private final Duration patience;
  private final Object[] locks = new Object[LOCKS];
  private final RecentWrites recent = new RecentWrites();

  public DocumentWrites(EventLog log, EventJournal journal, DocumentView documents, Growth growth, Deadlines deadlines) {
    this.log = log;
    this.journal = journal;
    this.documents = documents;
    this.growth = growth;
    Arrays.setAll(locks, _ -> new Object());
    this.patience = Duration.ofMillis(deadlines.append());
  }

  /** Returns a document as it was last put, for a reader; empty when there is none that the reader may see. */
  Optional<DocumentVersion> find(String id, Access access) {
    return current(id).flatMap(version -> shown(version, access));
  }

  /** Returns a document as it was last put, whatever its labels: for whoever decides what may be done with it. */
  Optional<DocumentVersion> current(String id) {
    Optional<DocumentVersion> viewed = documents.current(id);
    Optional<RecentWrites.Write> write = recent.of(id);
    if (write.isEmpty() || viewed.isPresent() && viewed.get().number() > write.get().version()) {
      return viewed; // Somebody else may have written since.
    }
    Document document = write.get().document();
    return document == null ? Optional.empty() : Optional.of(new DocumentVersion(write.get().version(), document));
  }

  /** Returns a version of a document, for a reader; empty when it is not kept, or the reader may not see it. */
  Optional<DocumentVersion> version(String id, long number, Access access) {
    Optional<DocumentVersion> current = find(id, access);
    return current.filter(version -> version.number() == number)
        .or(() -> current.flatMap(_ -> documents.version(id, number)).flatMap(version -> shown(version, access)));
  }

  /** Returns the earlier versions of a document that are kept and that a reader may see, latest first. */
  List<DocumentVersion> earlier(String id, Access access) {
    return find(id, access).isEmpty() ? List.of()
        : documents.earlier(id).stream().flatMap(version -> shown(version, access).stream()).toList();
  }

  /** Returns a version of a document with all its labels, for whoever puts it again; empty when it is not kept. */
  Optional<Document> kept(String id, long number) {
    return current(id).filter(version -> version.number() == number).or(() -> documents.version(id, number))
        .map(DocumentVersion::document);
  }

  private static Optional<DocumentVersion> shown(DocumentVersion version, Access access) {
    return access.sees(version.document().labels())
        ? Optional.of(new DocumentVersion(version.number(), access.shown(version.document())))
        : Optional.empty();
  }

  /**
   * Puts a document if things are as they must be. Of two clients that have read the same version, one is refused if
   * both write through this gateway; another gateway hears of a write about 0.2 s later.
   *
   * @param rights throws where what is there may not be replaced; null stands for nothing
   * @return its version
   * @throws EventLogUnavailable when the log does not acknowledge it in time
   */
  long put(Document document, Precondition precondition, Consumer<@Nullable Document> rights) {
    synchronized (lock(document.id())) {
      Optional<DocumentVersion> current = current(document.id());
      rights.accept(current.map(DocumentVersion::document).orElse(null));
      precondition.check(document.id(), current);
      return write(List.of(document), List.of()).getOrDefault(document.id(), -1L);
    }
  }

  /**
   * Deletes a document if things are as they must be.
   *
   * @param access of the one who deletes: what it does not show is not there
   * @param rights throws where what is there may not be deleted
   * @return whether there was one
   */
  boolean delete(String id, Precondition precondition, Access access, Consumer<Document> rights) {
    synchronized (lock(id)) {
      Optional<DocumentVersion> current = current(id).filter(version -> access.sees(version.document().labels()));
      if (current.isPresent()) {
        rights.accept(current.get().document());
      }
      precondition.check(id, current);
      if (current.isPresent()) {
        write(List.of(), List.of(id));
      }
      return current.isPresent();
    }
  }

  private Object lock(String id) {
    return locks[Math.floorMod(id.hashCode(), LOCKS)];
  }

  /** Returns the identities below another that were put a moment ago, which the view may not show yet, whatever their labels. */
  List<String> recentlyBelow(String id) {
    return recent.below(id);
  }

  /**
   * Puts documents, and deletes others.
   *
   * @return the version that each got
   * @throws EventLogUnavailable when the log does not acknowledge all of them in time
   */
  Map<String, Long> write(List<Document> put, List<String> deleted) {
    journal.requireRoom();
    Map<String, byte @Nullable []> values = new LinkedHashMap<>();
    put.forEach(document -> values.put(document.id(), Json.bytes(document)));
    deleted.forEach(id -> values.put(id, null));
    Map<String, CompletableFuture<Position>> sent = new LinkedHashMap<>();
    values.forEach((id, value) -> sent.put(id, log.append(Topic.DOCUMENTS, id, value)));
    Acknowledgement.await(List.copyOf(sent.values()), patience);
    Map<String, Long> versions = new LinkedHashMap<>();
    sent.forEach((id, position) -> versions.put(id, position.join().offset()));
    Map<String, Document> documents = new LinkedHashMap<>();
    put.forEach(document -> documents.put(document.id(), document));
    versions.forEach((id, version) -> remember(id, documents.get(id), version, values.get(id)));
    return versions;
  }

  private void remember(String id, @Nullable Document document, long version, byte @Nullable [] value) {
    recent.put(id, document, version, value == null ? 0 : value.length);
    if (document != null) {
      growth.changed(id, version);
    }
  }
}
