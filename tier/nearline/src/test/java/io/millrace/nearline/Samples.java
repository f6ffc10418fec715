// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Section;
import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.memory.BgeModel;
import io.millrace.memory.EncoderEmbedder;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Documents and events as the gateway and the offline tier append them. */
final class Samples {

  private Samples() {}

  static Document document(String id, String source, String... texts) {
    List<Section> sections =
        List.of(texts).stream()
            .map(text -> new Section("a" + text.hashCode(), "text", "About " + text.length(), "", text, List.of()))
            .toList();
    return new Document(
        id, source, "page", Language.ENGLISH, "Page " + id, List.of("lib"), null, sections, List.of(),
        Instant.parse("2026-01-01T00:00:00Z"), Map.of(), Set.of());
  }

  static void put(EventLog log, Document document) {
    log.append(Topic.DOCUMENTS, document.id(), Json.bytes(document)).join();
  }

  static Event.Clicked click(String id, String user, String document, Instant at) {
    return new Event.Clicked(id, at, "trace-" + id, user, document, "related", null, 0);
  }

  static void append(EventLog log, Event event) {
    log.append(Topic.EVENTS, event.user(), Json.bytes(event)).join();
  }

  static Embedders embedders() {
    return (language, threads) -> new EncoderEmbedder(BgeModel.of(language), threads);
  }
}
