// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.document.Document;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.EventLogUnavailable;
import io.millrace.core.log.Position;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.memory.DocumentView;
import io.millrace.online.Deadlines;
import io.millrace.online.event.Acknowledgement;
import io.millrace.online.event.EventJournal;
import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Documents that clients put and delete: a change is done when the log has it, and is seen here at once. */
public final class DocumentWrites {

  private final EventLog log;
  private final EventJournal journal;
  private final DocumentView documents;
  private final Duration patience;
  private final RecentWrites recent = new RecentWrites();

  public DocumentWrites(EventLog log, EventJournal journal, DocumentView documents, Deadlines deadlines) {
    this.log = log;
    this.journal = journal;
    this.documents = documents;
    this.patience = Duration.ofMillis(deadlines.append());
  }

  /** Returns a document as it was last put, for a reader; empty when there is none that the reader may see. */
  Optional<Document> find(String id, Access access) {
    return current(id).filter(document -> access.sees(document.labels())).map(access::shown);
  }

  /** Returns a document as it was last put, whatever its labels: for whoever decides what may be done with it. */
  Optional<Document> current(String id) {
    Optional<RecentWrites.Write> write = recent.of(id);
    return write.isPresent() ? Optional.ofNullable(write.get().document()) : documents.document(id, Access.EVERYTHING);
  }

  /** Returns the identities below another that were put a moment ago, which the view may not show yet, whatever their labels. */
  List<String> recentlyBelow(String id) {
    return recent.below(id);
  }

  /**
   * Puts documents, and deletes others.
   *
   * @throws EventLogUnavailable when the log does not acknowledge all of them in time
   */
  void write(List<Document> put, List<String> deleted) {
    journal.requireRoom();
    Map<String, byte @Nullable []> values = new LinkedHashMap<>();
    put.forEach(document -> values.put(document.id(), Json.bytes(document)));
    deleted.forEach(id -> values.put(id, null));
    List<CompletableFuture<Position>> sent = new ArrayList<>();
    values.forEach((id, value) -> sent.add(log.append(Topic.DOCUMENTS, id, value)));
    Acknowledgement.await(sent, patience);
    put.forEach(document -> remember(document.id(), document, values.get(document.id())));
    deleted.forEach(id -> remember(id, null, null));
  }

  private void remember(String id, @Nullable Document document, byte @Nullable [] value) {
    recent.put(id, document, value == null ? 0 : value.length);
  }
}
