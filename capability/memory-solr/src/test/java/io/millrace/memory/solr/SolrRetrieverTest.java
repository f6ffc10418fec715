// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.document.Passage;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
import io.millrace.core.spi.Retriever.Query;
import io.millrace.core.spi.Retriever.Result;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.IndexView;
import io.millrace.memory.Judging;
import io.millrace.memory.MemoryUnavailable;
import io.millrace.memory.PassageStore;
import io.millrace.memory.RetrieverContract;
import io.millrace.memory.TestClock;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The contract, kept by a SolrCloud of three nodes, of which one is killed at the end. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SolrRetrieverTest extends RetrieverContract {

  private static final int LAST = Integer.MAX_VALUE;

  @TempDir static Path machines;
  private static SolrProcess cluster;
  private static SolrProcess third;

  @BeforeAll
  static void start() {
    cluster = new SolrProcess("cluster", machines.resolve("cluster").toString(), "2");
    third = new SolrProcess("node", machines.resolve("third").toString(), cluster.zookeeper());
  }

  @AfterAll
  static void stop() {
    if (third != null) {
      third.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  @Override
  protected PassageStore open(String name, TestClock clock, Judging judging) {
    return open(name, 2, 3, clock, judging);
  }

  private static SolrPassages open(String name, int shards, int replicas, TestClock clock, Judging judging) {
    List<URI> nodes = new ArrayList<>(third.nodes());
    nodes.addAll(cluster.nodes());
    return new SolrPassages(
        new SolrPlace(nodes, name, shards, replicas), EMBEDDERS, SETTINGS, VectorPrecision.FLOAT, clock, judging);
  }

  @Test
  @Order(LAST)
  void losesNothingWhenANodeIsKilledAndSaysWhatIsMissing() throws Exception {
    // One replica of each of six shards: two or so lie on the node that goes, and nowhere else.
    SolrPassages thin = open("thin", 6, 1, clock, Judging.PLAIN);
    SolrPassages sound = open("sound", 2, 3, clock, Judging.PLAIN);
    try (thin; sound) {
      for (int i = 0; i < 60; i++) {
        put(thin, "before" + i);
        put(sound, "before" + i);
      }
      thin.commit(Map.of("passages.0", "60"));
      sound.commit(Map.of("passages.0", "60"));
      assertThat(wheel(thin).notes()).isEmpty();
      assertThat(wheel(thin).hits()).hasSize(60);

      AtomicBoolean over = new AtomicBoolean();
      List<Throwable> failures = new ArrayList<>();
      Thread searching = Thread.ofPlatform().start(() -> {
        try {
          while (!over.get()) {
            Result result = wheel(sound);
            // All that was acknowledged before is found, all the time, unless it is said what is missing.
            if (result.notes().isEmpty()) {
              assertThat(result.hits()).hasSizeGreaterThanOrEqualTo(60);
            }
          }
        } catch (Throwable e) {
          failures.add(e);
        }
      });
      third.kill();
      for (int i = 0; i < 40; i++) {
        put(sound, "after" + i);
        if (i % 10 == 9) {
          sound.commit(Map.of("passages.0", String.valueOf(61 + i)));
        }
      }
      over.set(true);
      searching.join();
      assertThat(failures).isEmpty();

      Result all = wheel(sound);
      assertThat(all.notes()).isEmpty();
      assertThat(all.hits()).hasSize(100);
      assertThat(sound.committed()).containsEntry("passages.0", "100");
      assertThat(sound.counts().passagesWithVectors()).isEqualTo(100);

      Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(
          () -> assertThat(wheel(thin).notes()).anyMatch(note -> note.matches("results are partial: [1-5] of 6 shards of the memory did not answer")));
      assertThat(wheel(thin).hits()).hasSizeBetween(1, 59);
    }
  }

  @Test
  @Order(LAST - 1)
  void saysSoWhenNoNodeAnswers() {
    assertThatThrownBy(
            () ->
                new SolrPassages(
                    new SolrPlace(List.of(URI.create("http://127.0.0.1:9/solr")), "nowhere", 1, 1), EMBEDDERS, SETTINGS,
                    VectorPrecision.FLOAT, clock))
        .isInstanceOf(MemoryUnavailable.class)
        .hasMessageContaining("Solr does not answer");
  }

  @Test
  void anotherGatewayGoesOnFromTheLastCommitWhenTheOneThatWritesIsGone() throws IOException {
    PassageStore one = open("writers", clock);
    try (PassageStore two = open("writers", clock)) {
      one.clear();
      put(one, "first");
      one.commit(Map.of("passages.0", "1"));
      two.clear();
      put(two, "first");
      put(two, "second");
      two.commit(Map.of("passages.0", "2"));
      // It reads the log as well, and leaves the writing to the other one.
      assertThat(two.committed()).containsEntry("passages.0", "1");
      assertThat(found(two)).containsExactly("first");

      one.close();
      Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(
          () -> assertThatThrownBy(two::refresh).isInstanceOf(IOException.class).hasMessageContaining("from the last commit on"));
      two.reopen();
      assertThat(two.committed()).containsEntry("passages.0", "1");
      put(two, "second");
      two.commit(Map.of("passages.0", "2"));
      assertThat(found(two)).containsExactlyInAnyOrder("first", "second");
      assertThat(two.committed()).containsEntry("passages.0", "2");
    }
  }

  @Test
  void followsTheLogAndGoesOnFromItsLastCommit(@TempDir Path broker) throws IOException {
    try (EventLog log = EventLogs.open(EventLogSettings.embedded("on-solr", broker))) {
      append(log, "first");
      PassageStore store = open("followed", clock);
      IndexView view = new IndexView(log, store);
      await(() -> assertThat(found(store)).containsExactly("first"));
      assertThat(view.trouble()).isEmpty();
      view.close();
      store.close();
      append(log, "second");
      try (PassageStore again = open("followed", clock)) {
        assertThat(again.committed().keySet()).anyMatch(fact -> fact.startsWith("passages."));
        assertThat(found(again)).containsExactly("first");
        try (IndexView on = new IndexView(log, again)) {
          await(() -> assertThat(found(again)).containsExactlyInAnyOrder("first", "second"));
          assertThat(on.skipped()).isZero();
        }
      }
    }
  }

  private static void append(EventLog log, String id) {
    log.append(Topic.PASSAGES, id, Json.bytes(List.of(passage(id, 0, "The wheel " + id + " turns.", "")))).join();
  }

  private static void await(ThrowingRunnable assertion) {
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion);
  }

  private static List<String> found(PassageStore store) {
    return wheel(store).hits().stream().map(hit -> hit.passage().documentId()).toList();
  }

  private static Result wheel(PassageStore store) {
    return store.search(Query.of("wheel", 200, Access.EVERYTHING));
  }

  private static void put(PassageStore store, String id) throws IOException {
    List<Passage> passages = List.of(passage(id, 0, "The wheel " + id + " turns.", ""));
    store.put(id, passages);
    embed(store, passages);
  }
}
