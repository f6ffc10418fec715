// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Language;
import io.millrace.core.document.Link;
import io.millrace.core.document.Section;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Catalogue;
import io.millrace.core.spi.Catalogue.Change;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
        await().until(() -> view.size() == 4 && view.document("notes", Access.EVERYTHING).isPresent());
        assertThat(view.document(writer.id(), Access.EVERYTHING)).contains(writer);
        assertThat(view.document("lucene-core", Access.EVERYTHING)).isEmpty();
        assertThat(view.children("", Access.EVERYTHING)).extracting(DocumentView.Child::id).containsExactly("lucene-core", "notes");
        assertThat(view.children("lucene-core/org/apache/lucene", Access.EVERYTHING))
            .containsExactly(
                new DocumentView.Child(
                    "lucene-core/org/apache/lucene/index", "org.apache.lucene.index", true, true),
                new DocumentView.Child("lucene-core/org/apache/lucene/index-extra", "not below", true, false));
        assertThat(view.children("lucene-core", Access.EVERYTHING))
            .containsExactly(new DocumentView.Child("lucene-core/org", "org", false, true));
        assertThat(view.children("nothing", Access.EVERYTHING)).isEmpty();

        List<Change> changes = new CopyOnWriteArrayList<>();
        Catalogue.Subscription subscription = view.subscribe(changes::add);
        assertThat(changes).hasSize(4).allMatch(change -> change instanceof Change.Put);
        log.append(Topic.DOCUMENTS, "notes", null).join();
        await().until(() -> changes.size() == 5);
        assertThat(changes.getLast()).isEqualTo(new Change.Deleted("notes"));
        await().until(() -> view.document("notes", Access.EVERYTHING).isEmpty());
        subscription.close();
      }
      append(log, document("later", "Later"));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        assertThat(view.size()).isGreaterThanOrEqualTo(3);
        await().until(() -> view.document("later", Access.EVERYTHING).isPresent());
        assertThat(view.size()).isEqualTo(4);
        assertThat(view.entry(writer.id(), Access.EVERYTHING))
            .isEqualTo(
                new Catalogue.Entry(
                    writer.id(),
                    Language.ENGLISH,
                    "class",
                    "IndexWriter",
                    List.of("lucene-core", "IndexWriter"),
                    List.of(new Link("lucene-core/org/apache/lucene/index", "", "see")),
                    Instant.parse("2026-01-01T00:00:00Z"),
                    Set.of()));
      }
    }
  }

  @Test
  void keepsTheLastVersionsAndForgetsThemWithTheDocument() {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("versions", folder.resolve("log")))) {
      try (DocumentView view = new DocumentView(log, folder.resolve("view"), 2, InstantSource.system())) {
        for (String title : List.of("first", "second", "third", "fourth")) {
          append(log, document("notes", title));
        }
        await().until(() -> titles(view.earlier("notes")).equals(List.of("third", "second")));
        assertThat(view.document("notes", Access.EVERYTHING).orElseThrow().title()).isEqualTo("fourth");
        DocumentVersion third = view.earlier("notes").getFirst();
        assertThat(view.version("notes", third.number())).contains(third);
        assertThat(view.current("notes").orElseThrow().number()).isGreaterThan(third.number());
        assertThat(view.version("notes", 0)).isEmpty();
      }
      // Another gateway, or this one with an empty directory, has them from the log.
      try (DocumentView view = new DocumentView(log, folder.resolve("other"), 2, InstantSource.system())) {
        await().until(() -> view.caughtUp() && titles(view.earlier("notes")).equals(List.of("third", "second")));
        log.append(Topic.DOCUMENTS, "notes", null).join();
        await().until(() -> view.current("notes").isEmpty() && view.earlier("notes").isEmpty());
        append(log, document("notes", "again"));
        await().until(() -> view.document("notes", Access.EVERYTHING).isPresent());
        assertThat(view.earlier("notes")).isEmpty();
      }
    }
  }

  @Test
  void knowsWhichDocumentsNearlyRepeatEachOther() {
    String text = IntStream.range(0, 200).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("repeats", folder.resolve("log")))) {
      append(log, document("a", "A", text));
      append(log, document("b", "B", text + " and one word more"));
      append(log, document("c", "C", text.replace("word1", "other")));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        await().until(() -> view.size() == 3 && view.caughtUp());
        assertThat(view.copies("a")).containsExactly("b");
        assertThat(view.copies("b")).containsExactly("a");
        assertThat(view.copies("c")).isEmpty();
        append(log, document("d", "D", text)); // It is found in what lies on disk.
        await().until(() -> view.copies("d").size() == 2);
        assertThat(view.copies("a")).containsExactlyInAnyOrder("b", "d");
      }
      append(log, document("b", "B", "It says something else now."));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        await().until(() -> view.caughtUp() && view.copies("b").isEmpty());
        assertThat(view.copies("a")).containsExactly("d");
        log.append(Topic.DOCUMENTS, "d", null).join();
        await().until(() -> view.copies("a").isEmpty());
      }
    }
  }

  private static List<String> titles(List<DocumentVersion> versions) {
    return versions.stream().map(version -> version.document().title()).toList();
  }

  @Test
  void aFullDiskKeepsDocumentsBackAndLosesNeitherThemNorTheirVersions() throws IOException {
    Random random = new Random(31);
    FullDisk disk = new FullDisk();
    Map<String, List<String>> acknowledged = new TreeMap<>();
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("full", folder.resolve("log")))) {
      try (DocumentView view = new DocumentView(log, folder.resolve("view"), disk, 2, InstantSource.system())) {
        put(log, "page/0", "before", acknowledged);
        await().until(() -> view.document("page/0", Access.EVERYTHING).isPresent());
        assertThat(view.commit(Duration.ofSeconds(30))).isTrue();
        for (int round = 0; round < 2; round++) {
          String title = "round " + round;
          disk.leave(round == 0 ? 0 : random.nextInt(20_000));
          long refused = disk.refused();
          await().until(() -> {
            put(log, "page/" + random.nextInt(8), title, acknowledged);
            // What was committed stays readable all the time.
            assertThat(view.current("page/0")).isPresent();
            return disk.refused() > refused;
          });
          await().until(() -> view.trouble().orElse("").contains("No space left on device"));
          assertThat(view.trouble().orElse("")).contains("free some space on that disk");
          // It stays said for as long as the disk is full, however often writing is tried again.
          long before = disk.refused();
          await().pollInterval(Duration.ofMillis(5)).until(() -> {
            assertThat(view.current("page/0")).isPresent();
            assertThat(view.trouble().orElse("")).contains("No space left on device");
            return disk.refused() > before;
          });
          disk.free();
          await().atMost(Duration.ofSeconds(60)).until(() -> view.caughtUp() && view.trouble().isEmpty());
          assertThat(view.size()).isEqualTo(acknowledged.size());
          await().untilAsserted(() -> assertKept(view, acknowledged));
          assertThat(view.commit(Duration.ofSeconds(30))).isTrue();
        }
      }
      // Nothing of it is known to this process only.
      try (DocumentView view = new DocumentView(log, folder.resolve("view"), 2, InstantSource.system())) {
        assertKept(view, acknowledged);
      }
      // What was half written is gone: there is nothing but the last commit.
      try (FSDirectory directory = FSDirectory.open(folder.resolve("view"))) {
        Set<String> files = new TreeSet<>(SegmentInfos.readLatestCommit(directory).files(true));
        files.add(IndexWriter.WRITE_LOCK_NAME);
        assertThat(directory.listAll()).containsExactlyInAnyOrderElementsOf(files);
      }
    }
  }

  private static void assertKept(DocumentView view, Map<String, List<String>> acknowledged) {
    acknowledged.forEach(
        (id, titles) -> {
          assertThat(view.document(id, Access.EVERYTHING).orElseThrow().title()).as(id).isEqualTo(titles.getLast());
          assertThat(titles(view.earlier(id))).as(id).isEqualTo(earlier(titles));
        });
  }

  private static void put(EventLog log, String id, String title, Map<String, List<String>> acknowledged) {
    List<String> titles = acknowledged.computeIfAbsent(id, _ -> new ArrayList<>());
    String next = title + ", " + titles.size();
    append(log, document(id, next, "Some text that no other document has, " + id + " " + next + ". " + "And so on. ".repeat(50)));
    titles.add(next);
  }

  /** The last two before the current one, latest first. */
  private static List<String> earlier(List<String> titles) {
    List<String> before = titles.subList(0, titles.size() - 1);
    return before.subList(Math.max(0, before.size() - 2), before.size()).reversed();
  }

  private static void append(EventLog log, Document document) {
    log.append(Topic.DOCUMENTS, document.id(), Json.bytes(document)).join();
  }

  private static Document document(String id, String title) {
    return document(id, title, "Text of " + title + ".");
  }

  private static Document document(String id, String title, String text) {
    return new Document(
        id,
        "test",
        "class",
        Language.ENGLISH,
        title,
        List.of("lucene-core", title),
        null,
        List.of(new Section("", "description", title, "", text, List.of())),
        List.of(
            new Link("lucene-core/org/apache/lucene/index", "the package", "see"),
            new Link("lucene-core/org/apache/lucene/index", "here, too", "see")),
        Instant.parse("2026-01-01T00:00:00Z"),
        Map.of("since", "1.0"),
        Set.of());
  }

  @Test
  void showsEachReaderOnlyWhatLabelsAllow() {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("documents", folder.resolve("log")))) {
      append(log, document("open", "Open"));
      append(log, document("hr/pay/list", "Pay").withLabels(Set.of("hr", "tenant:beta")));
      append(log, document("hr/zoo", "Zoo").withLabels(Set.of("zoo")));
      Access hr = Access.of(Set.of("hr"));
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        await().until(() -> view.size() == 3 && view.document("hr/zoo", Access.EVERYTHING).isPresent());
        assertThat(view.children("", Access.UNLABELLED)).extracting(DocumentView.Child::id).containsExactly("open");
        assertThat(view.children("", hr)).extracting(DocumentView.Child::id).containsExactly("hr", "open");
        assertThat(view.children("hr", hr)).containsExactly(new DocumentView.Child("hr/pay", "pay", false, true));
        assertThat(view.children("hr", Access.UNLABELLED)).isEmpty();
        assertThat(view.document("hr/pay/list", Access.UNLABELLED)).isEmpty();
        assertThat(view.entry("hr/pay/list", Access.UNLABELLED)).isNull();
        // That another tenant sees it, too, is none of the reader's business.
        assertThat(view.document("hr/pay/list", hr)).get().extracting(Document::labels).isEqualTo(Set.of("hr"));
        assertThat(view.document("hr/pay/list", Access.EVERYTHING)).get()
            .extracting(Document::labels).isEqualTo(Set.of("hr", "tenant:beta"));
      }
      try (DocumentView view = new DocumentView(log, folder.resolve("view"))) {
        await().until(() -> view.size() == 3);
        assertThat(view.entry("hr/zoo", hr)).isNull();
        assertThat(view.entry("hr/zoo", Access.of(Set.of("zoo")))).isNotNull();
      }
    }
  }
}
