// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Language;
import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.LogReader;
import io.millrace.core.log.LogRecord;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.PassageVectors.PassageVector;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

class IndexViewTest {

  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path folder;

  @BeforeAll
  static void start() {
    shared = EventLogs.open(EventLogSettings.embedded("views", broker));
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  @Test
  void findsWhatWasAppendedAndForgetsWhatWasDeleted() {
    try (EventLog log = domain("live");
        PassageIndex index = open();
        IndexView view = new IndexView(log, index)) {
      Passage passage = passage("a/Page", "sharks are fish with skeletons of cartilage");
      append(log, passage);
      await().until(() -> finds(index, "cartilage", "a/Page"));
      assertThat(view.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));

      float[] vector = TestModels.english().embedPassages(List.of(passage.textInContext())).getFirst();
      PassageVectors vectors =
          new PassageVectors(
              "a/Page", "bge-small-en-v1.5", List.of(new PassageVector(TextHash.of(passage), vector)));
      log.append(Topic.VECTORS, "a/Page", Json.bytes(vectors)).join();
      await().until(() -> view.counts().passagesWithVectors() == 1);

      append(log, passage("a/Page", "whales are mammals"));
      await().until(() -> index.passages("a/Page").getFirst().text().equals("whales are mammals"));
      assertThat(view.counts()).isEqualTo(new PassageIndex.Counts(1, 1, 0));

      log.append(Topic.PASSAGES, "a/Page", null).join();
      await().until(() -> view.counts().documents() == 0);
      await().until(view::caughtUp);
      assertThat(view.lag()).isZero();
      assertThat(view.trouble()).isEmpty();
    }
  }

  @Test
  void aFullDiskStopsChangesNotSearchesAndLosesNothing() {
    Random random = new Random(28);
    FullDisk disk = new FullDisk();
    try (EventLog log = domain("full");
        PassageIndex index =
            new PassageIndex(
                folder, disk, Map.of(), SearchSettings.DEFAULT, MemoryBudget.NONE.vectors(), InstantSource.system(), Judging.PLAIN);
        IndexView view = new IndexView(log, index)) {
      append(log, passage("safe/Page", "what was committed before the disk was full"));
      await().until(() -> finds(index, "committed", "safe/Page"));
      assertThat(view.commit(Duration.ofSeconds(30))).isTrue();
      List<String> acknowledged = new ArrayList<>(List.of("safe/Page"));
      for (int round = 0; round < 3; round++) {
        disk.leave(round == 0 ? 0 : random.nextInt(20_000));
        long refused = disk.refused();
        await().until(() -> {
          String id = "page/" + acknowledged.size();
          append(log, passage(id, "a page of the number n" + acknowledged.size() + " " + "and so on ".repeat(100)));
          acknowledged.add(id);
          assertThat(finds(index, "committed", "safe/Page")).isTrue();
          return disk.refused() > refused;
        });
        await().until(() -> view.trouble().orElse("").contains("No space left on device"));
        long before = disk.refused();
        await().until(() -> {
          assertThat(finds(index, "committed", "safe/Page")).isTrue();
          assertThat(view.trouble().orElse("")).contains("No space left on device");
          return disk.refused() > before;
        });
        disk.free();
        await().atMost(Duration.ofSeconds(60)).until(() -> view.caughtUp() && index.counts().documents() == acknowledged.size());
        assertThat(view.trouble()).isEmpty();
        assertThat(acknowledged).allMatch(id -> !index.passages(id).isEmpty());
        assertThat(view.commit(Duration.ofSeconds(30))).isTrue();
      }
    }
  }

  @Test
  void goesOnFromItsLastCommit() {
    try (EventLog log = domain("again")) {
      append(log, passage("a/Page", "the first page"));
      try (PassageIndex index = open();
          IndexView view = new IndexView(log, index)) {
        await().until(() -> view.counts().documents() == 1);
      }
      append(log, passage("b/Page", "the second page"));
      try (PassageIndex index = open()) {
        assertThat(index.committed().keySet()).anyMatch(fact -> fact.startsWith("passages."));
        assertThat(index.counts().documents()).isEqualTo(1);
        try (IndexView view = new IndexView(log, index)) {
          await().until(() -> view.counts().documents() == 2);
        }
      }
    }
  }

  @Test
  void startsOverWhenTheLogIsNotTheOneItKnew() {
    try (EventLog old = domain("old");
        EventLog other = domain("other")) {
      append(old, passage("a/Page", "from the old log"));
      append(old, passage("a/Page", "from the old log, once more"));
      try (PassageIndex index = open();
          IndexView view = new IndexView(old, index)) {
        await().until(() -> view.counts().documents() == 1);
      }
      append(other, passage("b/Page", "from the other log"));
      try (PassageIndex index = open();
          IndexView view = new IndexView(other, index)) {
        await().until(() -> finds(index, "other", "b/Page"));
        assertThat(view.counts().documents()).isEqualTo(1);
      }
    }
  }

  @Test
  void setsAsideWhatMakesNoSenseAndGoesOn() {
    try (EventLog log = domain("poison");
        PassageIndex index = open();
        IndexView view = new IndexView(log, index)) {
      log.append(Topic.PASSAGES, "bad/Page", "{not json".getBytes(StandardCharsets.UTF_8)).join();
      append(log, passage("a/Page", "a healthy page"));

      PassageVectors wrong = new PassageVectors("a/Page", "bge-small-en-v1.5", List.of(new PassageVector("hash", new float[3])));
      await().until(() -> view.skipped() == 1 && view.counts().documents() == 1);
      log.append(Topic.VECTORS, "a/Page", Json.bytes(wrong)).join();
      await().until(() -> view.skipped() == 2);
      assertThat(finds(index, "healthy", "a/Page")).isTrue();
      try (LogReader dead = log.reader(Topic.DEAD_LETTERS, Map.of())) {
        List<LogRecord> letters = new ArrayList<>();
        await().until(() -> letters.addAll(dead.poll(Duration.ofMillis(100))));
        assertThat(new String(letters.getFirst().value(), StandardCharsets.UTF_8))
            .contains("{not json")
            .contains("poison.passages")
            .contains("Passage[]");
      }
    }
  }

  @Test
  void isWholeAgainAfterItsProcessWasKilled() throws Exception {
    try (EventLog log = domain("killed")) {
      for (int i = 0; i < 300; i++) {
        append(log, passage("page/" + i, "page number " + i));
      }
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Indexing.class.getName(),
                  log.connection().get("bootstrap.servers"),
                  folder.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
        assertThat(lines.readLine()).isEqualTo("committed");
        for (int i = 200; i < 400; i++) {
          append(log, passage("page/" + i, "edited page number " + i));
        }
      } finally {
        child.toHandle().destroyForcibly();
        child.waitFor();
      }

      try (PassageIndex index = new PassageIndex(folder, Map.of(), SearchSettings.DEFAULT);
          IndexView view = new IndexView(log, index)) {
        await().atMost(Duration.ofSeconds(30)).until(() -> view.counts().documents() == 400 && view.caughtUp());
        assertThat(view.counts().passages()).isEqualTo(400);
        assertThat(index.passages("page/7")).extracting(Passage::text).containsExactly("page number 7");
        assertThat(index.passages("page/333")).extracting(Passage::text).containsExactly("edited page number 333");
      }
    }
  }

  /** The program that is killed. */
  static final class Indexing {
    public static void main(String[] arguments) throws Exception {
      EventLog log = EventLogs.open(EventLogSettings.external("killed", arguments[0], Map.of()));
      try (PassageIndex index = new PassageIndex(Path.of(arguments[1]), Map.of(), SearchSettings.DEFAULT)) {
        IndexView first = new IndexView(log, index);
        await().atMost(Duration.ofSeconds(60)).until(() -> first.counts().documents() == 300);
        first.close();
        IndexView second = new IndexView(log, index);
        System.out.println("committed");
        System.in.read(); // Until it is killed, or its parent ends.
        second.close();
      }
    }
  }

  private PassageIndex open() {
    return new PassageIndex(folder, Map.of(Language.ENGLISH, TestModels.english()), SearchSettings.DEFAULT);
  }

  private static EventLog domain(String name) {
    return EventLogs.open(
        EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }

  private static void append(EventLog log, Passage passage) {
    log.append(Topic.PASSAGES, passage.documentId(), Json.bytes(List.of(passage))).join();
  }

  private static boolean finds(PassageIndex index, String text, String document) {
    return index.search(Query.of(text, 5, Access.EVERYTHING)).hits().stream()
        .anyMatch(hit -> hit.passage().documentId().equals(document));
  }

  private static Passage passage(String document, String text) {
    return new Passage(document + "#0", document, 0, "", List.of(document), "", text, Language.ENGLISH, null, Set.of());
  }
}
