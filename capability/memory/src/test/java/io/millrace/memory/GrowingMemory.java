// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Passages;
import io.millrace.core.document.Section;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;

import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The parts of a gateway that growth has to do with, and what comes to them by the log. */
class GrowingMemory implements AutoCloseable {
  static final Instant WRITTEN = Instant.parse("2026-01-01T00:00:00Z");

  final DocumentView documents;
  final PassageIndex index;
  final IndexView view;
  final Growth growth;

  GrowingMemory(EventLog log, Path folder, SearchSettings settings, MemoryBudget budget, InstantSource clock) {
    documents = new DocumentView(log, folder.resolve("documents"), 2, clock);
    index = new PassageIndex(folder.resolve("index"), Map.of(), settings, VectorPrecision.INT8, clock);
    view = new IndexView(log, index);
    growth = new Growth(log, documents, budget, clock);
  }

  /** What a search finds for a word that all texts have. */
  Set<String> found() {
    Set<String> found = new TreeSet<>();
    index.search(Query.of("grain", 1_000, Access.EVERYTHING)).hits().forEach(hit -> found.add(hit.passage().documentId()));
    return found;
  }

  @Override
  public void close() {
    growth.close();
    view.close();
    index.close();
    documents.close();
  }

  static Document page(String id, String text, Instant updatedAt, Map<String, String> attributes, Set<String> labels) {
    return new Document(
        id, "api", "page", Language.ENGLISH, id, List.of(), null,
        List.of(new Section("", "description", id, "", text, List.of())), List.of(), updatedAt, attributes, labels);
  }

  static void put(EventLog log, String id, String text) {
    put(log, page(id, text, WRITTEN, Map.of(), Set.of()));
  }

  static void put(EventLog log, Document document) {
    log.append(Topic.DOCUMENTS, document.id(), Json.bytes(document)).join();
    log.append(Topic.PASSAGES, document.id(), Json.bytes(Passages.of(document))).join();
  }

  static void delete(EventLog log, String id) {
    log.append(Topic.DOCUMENTS, id, null).join();
    log.append(Topic.PASSAGES, id, null).join();
  }

  static void use(EventLog log, String id, double use) {
    log.append(Topic.ITEM_FEATURES, id, Json.bytes(new ItemFeatures(id, 0, 0, 0, Map.of(), 0, use, WRITTEN))).join();
  }
}
