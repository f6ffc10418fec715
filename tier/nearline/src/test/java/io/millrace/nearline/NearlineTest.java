// SPDX-License-Identifier: Apache-2.0
package io.millrace.nearline;

import io.millrace.core.document.Document;
import io.millrace.core.document.Passage;
import io.millrace.core.document.Passages;
import io.millrace.core.event.Event;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.event.UserFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.DeadLetter;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.PassageVectors;
import io.millrace.core.log.RankerWeights;
import io.millrace.core.log.Topic;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.TextHash;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class NearlineTest {

  private static final Instant NOW = Instant.now();

  @TempDir static Path home;
  private static EventLog log;
  private static Nearline nearline;

  @BeforeAll
  static void start() {
    log = EventLogs.open(EventLogSettings.embedded("test", home.resolve("log")));
    nearline =
        Nearline.start(
            log,
            NearlineSettings.embedded(home, Samples.embedders())
                .withCheckpointEvery(Duration.ofMillis(300)));
  }

  @AfterAll
  static void stop() {
    nearline.close();
    log.close();
  }

  @Test
  void turnsADocumentIntoPassagesThenVectorsAndForgetsThemWithIt() {
    Document first = Samples.document("lib/a/First", "api", "Segments are merged in the background.", "Commit.");
    try (Views passages = new Views(log, Topic.PASSAGES);
        Views vectors = new Views(log, Topic.VECTORS)) {
      Samples.put(log, first);
      await(() -> passages.refresh().has(first.id()));
      assertThat(List.of(passages.get(first.id(), Passage[].class))).isEqualTo(Passages.of(first));

      await(() -> vectors.refresh().has(first.id()));
      PassageVectors embedded = vectors.get(first.id(), PassageVectors.class);
      assertThat(embedded.model()).isEqualTo("bge-small-en-v1.5");
      assertThat(embedded.vectors())
          .extracting(PassageVectors.PassageVector::textHash)
          .isEqualTo(Passages.of(first).stream().map(TextHash::of).toList());
      assertThat(embedded.vectors().getFirst().vector()).hasSize(384);

      log.append(Topic.DOCUMENTS, first.id(), null).join();
      await(() -> passages.refresh().deleted(first.id()));
      await(() -> vectors.refresh().deleted(first.id()));
    }
  }

  @Test
  void embedsWhatWasPublishedInBulkToo() {
    Document bulk = Samples.document("lib/b/Bulk", "org.example:lib:1.0", "Text from a library.");
    try (Views vectors = new Views(log, Topic.VECTORS)) {
      Samples.put(log, bulk);
      await(() -> vectors.refresh().has(bulk.id()));
      Document edited = Samples.document(bulk.id(), "api", "Text that a person has changed.");
      Samples.put(log, edited);
      String expected = TextHash.of(Passages.of(edited).getFirst());
      await(
          () ->
              vectors.refresh().get(bulk.id(), PassageVectors.class).vectors().getFirst().textHash().equals(expected));
      await(() -> nearline.status().pipelines().stream().allMatch(each -> each.lag() == 0));
      assertThat(vectors.refresh().get(bulk.id(), PassageVectors.class).vectors().getFirst().textHash())
          .isEqualTo(expected);
    }
  }

  @Test
  void embedsADocumentSomebodyPutBeforeABacklogIsDone() {
    String[] texts = new String[12];
    for (int i = 0; i < texts.length; i++) {
      texts[i] = "Sentence " + i + " about how segments are merged and commits are made durable. ".repeat(12);
    }
    List<String> backlog = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      Document bulk = Samples.document("lib/backlog/Page" + i, "org.example:lib:1.0", texts);
      backlog.add(bulk.id());
      Samples.put(log, bulk);
    }
    Document live = Samples.document("lib/Live", "api", "Somebody is waiting for this one.");
    Samples.put(log, live);
    try (Views vectors = new Views(log, Topic.VECTORS)) {
      await(() -> vectors.refresh().has(live.id()));
      assertThat(backlog).anySatisfy(id -> assertThat(vectors.has(id)).isFalse());
      backlog.forEach(id -> log.append(Topic.DOCUMENTS, id, null).join());
    }
  }

  @Test
  void doesNothingForADocumentThatSaysWhatItSaid() {
    Document same = Samples.document("lib/c/Same", "api", "Nothing new.");
    try (Views passages = new Views(log, Topic.PASSAGES)) {
      for (int i = 0; i < 3; i++) {
        Samples.put(log, same);
      }
      Document marker = Samples.document("lib/c/Marker", "api", "The end.");
      Samples.put(log, marker);
      await(() -> passages.refresh().has(marker.id()) && passages.has(same.id()));
      await(() -> nearline.status().pipeline("passages").lag() == 0);
      assertThat(passages.refresh().all()).filteredOn(record -> record.key().equals(same.id())).hasSize(1);
    }
  }

  @Test
  void keepsAsideWhatItCannotReadAndGoesOn() {
    Document good = Samples.document("lib/d/Good", "api", "Readable.");
    try (Views letters = new Views(log, Topic.DEAD_LETTERS);
        Views passages = new Views(log, Topic.PASSAGES);
        Views users = new Views(log, Topic.USER_FEATURES)) {
      log.append(Topic.DOCUMENTS, "lib/d/Bad", "{\"id\": 7".getBytes(StandardCharsets.UTF_8)).join();
      log.append(Topic.DOCUMENTS, "lib/d/Else", Json.bytes(good)).join();
      log.append(Topic.EVENTS, "reader", "no event".getBytes(StandardCharsets.UTF_8)).join();
      Samples.put(log, good);
      Samples.append(log, Samples.click("after-bad", "reader", "lib/d/Good", NOW));

      await(() -> passages.refresh().has(good.id()) && users.refresh().has("reader"));
      await(() -> letters.refresh().latest().size() >= 3);
      List<DeadLetter> all =
          letters.latest().keySet().stream().map(key -> letters.get(key, DeadLetter.class)).toList();
      assertThat(all).anySatisfy(
          letter -> {
            assertThat(letter.source()).startsWith("documents ").endsWith("lib/d/Bad");
            assertThat(letter.reason()).contains("not a valid Document");
            assertThat(letter.excerpt()).isEqualTo("{\"id\": 7");
          });
      assertThat(all).anySatisfy(letter -> assertThat(letter.reason()).contains("they must be the same"));
      assertThat(all).anySatisfy(letter -> assertThat(letter.source()).startsWith("events "));
      assertThat(passages.has("lib/d/Else")).isFalse();
    }
  }

  @Test
  void countsClicksOnceHoweverOftenTheyAreAppended() {
    Instant then = NOW.minus(Duration.ofDays(1));
    Event.Clicked one = Samples.click("c1", "ann", "lucene/index/IndexWriter", then);
    Event.Clicked two = Samples.click("c2", "ann", "lucene/search/IndexSearcher", then.plusSeconds(60));
    Event.Clicked three = Samples.click("c3", "ann", "lucene/index/IndexWriter", NOW);
    for (Event event : List.of(one, one, two, one, two, three, three)) {
      Samples.append(log, event);
    }
    try (Views users = new Views(log, Topic.USER_FEATURES);
        Views items = new Views(log, Topic.ITEM_FEATURES)) {
      await(() -> users.refresh().has("ann") && users.get("ann", UserFeatures.class).clicks() >= 3);
      await(
          () ->
              items.refresh().has("lucene/index/IndexWriter")
                  && items.get("lucene/index/IndexWriter", ItemFeatures.class).clicks() >= 2);
      await(() -> nearline.status().pipeline("features").lag() == 0);
      UserFeatures ann = users.refresh().get("ann", UserFeatures.class);
      assertThat(ann.clicks()).isEqualTo(3);
      assertThat(ann.recent()).containsExactly("lucene/index/IndexWriter", "lucene/search/IndexSearcher");
      assertThat(ann.affinity()).containsOnlyKeys("lucene", "lucene/index", "lucene/search");
      assertThat(ann.affinity().get("lucene/index")).isCloseTo(1 + Math.pow(0.5, 1.0 / 7), within(1e-3));
      assertThat(ann.updatedAt().toEpochMilli()).isEqualTo(NOW.toEpochMilli());
      ItemFeatures writer = items.refresh().get("lucene/index/IndexWriter", ItemFeatures.class);
      assertThat(writer.clicks()).isEqualTo(2);
      assertThat(writer.popularity()).isCloseTo(1.5, within(1e-3));
      assertThat(writer.coVisits()).containsOnlyKeys("lucene/search/IndexSearcher");
      ItemFeatures searcher = items.get("lucene/search/IndexSearcher", ItemFeatures.class);
      assertThat(searcher.coVisits()).containsOnlyKeys("lucene/index/IndexWriter");
    }
  }

  @Test
  void keepsTheLastRatingOfAPersonAndTellsAnswersFromDocuments() {
    Samples.append(
        log,
        new Event.Answered(
            "a1", NOW, "trace-a1", "bob", "q", "a", "quote", "none", List.of(), 0, 0, Map.of(), Set.of()));
    Samples.append(log, new Event.Rated("r0", NOW, "t", "bob", "trace-a1", 1, ""));
    Samples.append(log, new Event.Rated("r1", NOW, "t", "bob", "lib/Rated", 1, ""));
    Samples.append(log, new Event.Rated("r2", NOW, "t", "bob", "lib/Rated", -1, "changed my mind"));
    try (Views users = new Views(log, Topic.USER_FEATURES);
        Views items = new Views(log, Topic.ITEM_FEATURES)) {
      await(
          () ->
              users.refresh().has("bob") && users.get("bob", UserFeatures.class).disliked().contains("lib/Rated"));
      // A liked answer is no page: it must not take a place among those that recommendations start from.
      assertThat(users.get("bob", UserFeatures.class).liked()).isEmpty();
      await(
          () ->
              items.refresh().has("lib/Rated") && items.get("lib/Rated", ItemFeatures.class).rating() == -1);
      assertThat(items.has("trace-a1")).isFalse();
    }
  }

  @Test
  void addsUpOfWhatUseADocumentIs() {
    Samples.append(log, new Event.Searched("use-1", NOW, "t", "ute", "q", List.of("use/First", "use/Second"), 1));
    Samples.append(log, new Event.Clicked("use-2", NOW, "t", "ute", "use/Second", "search", null, 0));
    Samples.append(
        log,
        new Event.Answered(
            "use-3", NOW, "trace-use", "ute", "q", "a", "quote", "none", List.of("use/First#2", "use/First#3"), 0, 0, Map.of(), Set.of()));
    Samples.append(log, new Event.Rated("use-4", NOW, "t", "ute", "trace-use", 1, ""));
    Samples.append(log, new Event.Rated("use-5", NOW, "t", "ute", "trace-use", -1, "not after all"));
    try (Views items = new Views(log, Topic.ITEM_FEATURES)) {
      // Found first .2, cited once .5, and in the end an answer that was of no use.
      await(() -> items.refresh().has("use/First") && close(items.get("use/First", ItemFeatures.class).use(), 0.2 + 0.5 - 1));
      await(
          () ->
              items.refresh().has("use/Second")
                  && close(items.get("use/Second", ItemFeatures.class).use(), 0.2 * Math.log(2) / Math.log(3) + 1));
    }
  }

  private static boolean close(double value, double expected) {
    return Math.abs(value - expected) < 1e-6;
  }

  @Test
  void learnsFromWhatWasShownAndOpened() {
    for (int i = 0; i < 60; i++) {
      List<Event.Exposed.Item> shown = new ArrayList<>();
      for (int position = 0; position < 3; position++) {
        shown.add(
            new Event.Exposed.Item(
                "lib/Shown" + position, position, 0, Map.of("similarity", position == 1 ? 0.9 : 0.1)));
      }
      Samples.append(
          log, new Event.Exposed("x" + i, NOW, "t" + i, "cat", "related", "lib/Shown", shown, "learned"));
      Samples.append(
          log, new Event.Clicked("xc" + i, NOW, "t" + i, "cat", "lib/Shown1", "related", "x" + i, 0));
    }
    try (Views rankers = new Views(log, Topic.RANKER)) {
      await(
          () -> rankers.refresh().has("learned") && rankers.get("learned", RankerWeights.class).examples() >= 120);
      RankerWeights weights = rankers.get("learned", RankerWeights.class);
      assertThat(weights.examples()).isEqualTo(120); // The opened item and the one above it, not yet the one below.
      assertThat(weights.weights().get("similarity")).isGreaterThan(0.3);
      assertThat(weights.weights().get("bias")).isNegative();
    }
  }

  @Test
  void showsHowItIsDoing() {
    await(() -> nearline.status().running());
    assertThat(nearline.status().pipelines())
        .extracting(NearlineStatus.Pipeline::name)
        .containsExactly("passages", "vectors-live", "vectors-backlog", "features");
    assertThat(nearline.jobs()).hasSize(4);
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(20))
        .until(condition);
  }
}
