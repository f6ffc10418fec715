// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Change;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class DocumentViewTest {

  @TempDir Path folder;

  @Test
  void keepsDocumentsTheirTreeAndTheirLinksAcrossRestarts() {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("documents", folder.resolve("log")))) {
      Document writer = document("lucene-core/org/apache/lucene/index/IndexWriter", "IndexWriter");
      append(log, writer);
      append(log, document("lucene-core/org/apache/lucene/index", "org.apache.lucene.index"));
      append(log, document("lucene-core/org/apache/lucene/index-extra", "not below"));
      append(log, document("notes", "Notes"));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        await().until(() -> view.size() == 4 && view.document("notes").isPresent());
        assertThat(view.document(writer.id())).contains(writer);
        assertThat(view.document("lucene-core")).isEmpty();
        assertThat(view.children("")).extracting(DocumentView.Child::id).containsExactly("lucene-core", "notes");
        assertThat(view.children("lucene-core/org/apache/lucene"))
            .containsExactly(
                new DocumentView.Child(
                    "lucene-core/org/apache/lucene/index", "org.apache.lucene.index", true, true),
                new DocumentView.Child("lucene-core/org/apache/lucene/index-extra", "not below", true, false));
        assertThat(view.children("lucene-core"))
            .containsExactly(new DocumentView.Child("lucene-core/org", "org", false, true));
        assertThat(view.children("nothing")).isEmpty();

        List<Change> changes = new CopyOnWriteArrayList<>();
        Catalogue.Subscription subscription = view.subscribe(changes::add);
        assertThat(changes).hasSize(4).allMatch(change -> change instanceof Change.Put);
        log.append(Topic.DOCUMENTS, "notes", null).join();
        await().until(() -> changes.size() == 5);
        assertThat(changes.getLast()).isEqualTo(new Change.Deleted("notes"));
        await().until(() -> view.document("notes").isEmpty());
        subscription.close();
      }
      append(log, document("later", "Later"));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        assertThat(view.size()).isGreaterThanOrEqualTo(3);
        await().until(() -> view.document("later").isPresent());
        assertThat(view.size()).isEqualTo(4);
        assertThat(view.entry(writer.id()))
            .isEqualTo(
                new Catalogue.Entry(
                    writer.id(),
                    Language.ENGLISH,
                    "class",
                    "IndexWriter",
                    List.of("lucene-core", "IndexWriter"),
                    List.of(new Link("lucene-core/org/apache/lucene/index", "", "see")),
                    Instant.parse("2026-01-01T00:00:00Z")));
      }
    }
  }

  private static void append(EventLog log, Document document) {
    log.append(Topic.DOCUMENTS, document.id(), Json.bytes(document)).join();
  }

  private static Document document(String id, String title) {
    return new Document(
        id,
        "test",
        "class",
        Language.ENGLISH,
        title,
        List.of("lucene-core", title),
        null,
        List.of(new Section("", "description", title, "", "Text of " + title + ".", List.of())),
        List.of(
            new Link("lucene-core/org/apache/lucene/index", "the package", "see"),
            new Link("lucene-core/org/apache/lucene/index", "here, too", "see")),
        Instant.parse("2026-01-01T00:00:00Z"),
        Map.of("since", "1.0"));
  }
}
