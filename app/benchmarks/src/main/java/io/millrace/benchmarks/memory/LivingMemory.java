// SPDX-License-Identifier: Apache-2.0
package io.millrace.benchmarks.memory;

import io.millrace.benchmarks.memory.TestCollection.Text;
import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.DocumentView;
import io.millrace.memory.Growth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Documents in a log of their own, and what a gateway decides about their places: the product's own store, history and rounds. It has no
 * index: whoever measures applies decisions to one, as a gateway does.
 */
final class LivingMemory implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** Rounds are a second apart, so nothing more is decided when nothing was for so long. */
  private static final Duration QUIET = Duration.ofSeconds(4);

  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");
  private static final int ALL = 1_000_000;

  private final Language language;
  private final EventLog log;
  private final DocumentView documents;
  private final Growth growth;
  private int puts;

  /**
   * Opens a memory that holds nothing.
   *
   * @param versions how many earlier ones of a document are kept
   */
  LivingMemory(Path folder, Language language, int versions, MemoryBudget budget) {
    this.language = language;
    this.log = EventLogs.open(EventLogSettings.embedded("growth", folder.resolve("log")));
    this.documents = new DocumentView(log, folder.resolve("documents"), versions, InstantSource.system());
    this.growth = new Growth(log, documents, budget, InstantSource.system());
  }

  /** Puts a document; each is written a second after the one before. */
  void put(String id, Text text) {
    Section section = new Section("", "description", text.title(), "", text.text(), List.of());
    Document document = new Document(
        id, "bench", "page", language, text.title().isEmpty() ? id : text.title(), List.of(), null, List.of(section), List.of(),
        FIRST.plusSeconds(puts++), Map.of(), Set.of());
    log.append(Topic.DOCUMENTS, id, Json.bytes(document)).join();
  }

  /** Waits until all that was put is known and decided about. */
  void settle(int expected) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long quietSince = System.nanoTime();
    long known = -1;
    while (System.nanoTime() - quietSince < QUIET.toNanos()) {
      long now = documents.residents().size() + growth.report().archived();
      if (now != known || !documents.caughtUp() || documents.residents().size() != expected) {
        known = now;
        quietSince = System.nanoTime();
      }
      if (System.nanoTime() > end) {
        throw new IllegalStateException("only " + documents.residents().size() + " of " + expected + " documents were taken in within "
            + PATIENCE.toMinutes() + " minutes: " + growth.trouble().or(documents::trouble).orElse("the machine may be busy"));
      }
      pause();
    }
  }

  private static void pause() {
    try {
      Thread.sleep(100);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while documents are taken in", e);
    }
  }

  Growth.Report report() {
    return growth.report();
  }

  /** Returns the documents that are in the archive. */
  List<String> archived() {
    return growth.latest(ALL).stream().filter(Eviction::archived).map(Eviction::document).toList();
  }

  /** Returns what embeddings and their graph would take in memory if nothing were in the archive, estimated. */
  long vectorBytesOfAll() {
    return documents.residents().stream().mapToLong(each -> each.vectorBytes(MemoryBudget.NONE.vectors())).sum();
  }

  /** Returns how many earlier versions of some documents are kept. */
  int versions(Set<String> ids) {
    return ids.stream().mapToInt(id -> documents.earlier(id).size()).sum();
  }

  /** Returns what documents and versions take on disk, once all is written. */
  long bytesOnDisk() {
    if (!documents.commit(PATIENCE)) {
      throw new UncheckedIOException(new IOException("the document store was not committed within " + PATIENCE.toMinutes() + " minutes"));
    }
    return documents.bytesOnDisk();
  }

  @Override
  public void close() {
    growth.close();
    documents.close();
    log.close();
  }
}
