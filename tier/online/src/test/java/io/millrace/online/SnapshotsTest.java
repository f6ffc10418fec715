// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.memory.DocumentView;
import io.millrace.memory.IndexGenerations;
import io.millrace.memory.snapshot.MemoryFolder;
import io.millrace.memory.snapshot.MemoryKind;
import io.millrace.memory.snapshot.SnapshotRestore;
import io.millrace.memory.snapshot.SnapshotShelf;
import io.millrace.memory.snapshot.SnapshotTaker;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SnapshotsTest {

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = TestMill.start();
    mill.content("mill/wheel", "The wheel", "The wheel of the mill turns by water.");
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @Test
  void aSnapshotIsTakenListedVerifiedRestoredAndDeleted() throws Exception {
    HttpResponse<String> taken = mill.post("/v1/memory/snapshots", Map.of("name", "first"));
    assertThat(taken.statusCode()).as(taken.body()).isEqualTo(201);
    JsonNode snapshot = TestMill.json(taken);
    assertThat(snapshot.path("name").asString()).isEqualTo("first");
    assertThat(snapshot.path("bytes").asLong()).isPositive();
    assertThat(snapshot.path("models").path("en").asString()).isEqualTo("bge-small-en-v1.5");
    assertThat(snapshot.at("/views/documents/counts/documents").asInt()).isPositive();
    assertThat(snapshot.at("/views/passages/asOf").asString()).startsWith("20");
    assertThat(mill.get("/v1/memory/snapshots").body()).contains("\"first\"").doesNotContain("sha256");
    assertThat(mill.get("/v1/memory/snapshots/first").body()).contains("sha256").contains("passages.0");
    assertThat(mill.post("/v1/memory/snapshots/first/verify", Map.of()).body()).contains("\"sound\":true");

    HttpResponse<String> again = mill.post("/v1/memory/snapshots", Map.of("name", "first"));
    assertThat(again.statusCode()).isEqualTo(409);
    assertThat(again.body()).contains("'first' already");
    assertThat(mill.post("/v1/memory/snapshots", Map.of("name", "../x")).statusCode()).isEqualTo(400);
    assertThat(mill.post("/v1/memory/snapshots", Map.of("domain", "poetry")).body()).contains("another_domain").contains("'poetry'");
    assertThat(mill.get("/v1/memory/snapshots/none").statusCode()).isEqualTo(404);
    assertThat(mill.send(mill.request("/v1/memory/snapshots/none").DELETE().build()).statusCode()).isEqualTo(404);

    mill.content("mill/stone", "The stone", "The stone grinds.");
    SnapshotShelf shelf = new SnapshotShelf(mill.home.resolve("snapshots"));
    assertThatThrownBy(() -> MemoryFolder.open(mill.home.resolve("index")))
        .isInstanceOf(IllegalStateException.class).hasMessageContaining("in use by a gateway");
    mill.gateway().close();
    try (MemoryFolder folder = MemoryFolder.open(mill.home.resolve("index"))) {
      MemoryKind kind = MemoryKind.of(mill.settings.domain(), mill.registry);
      assertThat(new SnapshotRestore(shelf, folder, kind, mill.log).restore("first").behind()).isPositive();
    }
    mill.restartGateway();
    Awaitility.await().atMost(Duration.ofSeconds(30))
        .until(() -> mill.found("wheel of the mill", "mill/wheel") && mill.found("The stone", "mill/stone"));

    HttpResponse<String> deleted = mill.send(mill.request("/v1/memory/snapshots/first").DELETE().build());
    assertThat(deleted.statusCode()).isEqualTo(200);
    assertThat(mill.get("/v1/memory/snapshots").body()).doesNotContain("first");
  }

  @Test
  void snapshotsAreTakenOnScheduleAndMakeRoomForLaterOnes() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    SnapshotTaker taker = mill.gateway().part(SnapshotTaker.class);
    IndexGenerations index = mill.gateway().part(IndexGenerations.class);
    DocumentView documents = mill.gateway().part(DocumentView.class);
    try (SnapshotSchedule schedule = new SnapshotSchedule(new SnapshotPlan(24, 2), taker, index, documents, now::get)) {
      Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(
          () -> {
            schedule.look();
            assertThat(scheduled()).hasSize(1);
          });
      List<String> first = scheduled();
      schedule.look();
      assertThat(scheduled()).isEqualTo(first);

      now.updateAndGet(time -> time.plus(Duration.ofHours(25)));
      Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(
          () -> {
            schedule.look();
            assertThat(scheduled()).hasSize(2).doesNotContainAnyElementsOf(first);
          });
    }
    scheduled().forEach(name -> mill.send(mill.request("/v1/memory/snapshots/" + name).DELETE().build()));
  }

  private static List<String> scheduled() {
    JsonNode all = TestMill.json(mill.get("/v1/memory/snapshots")).path("snapshots");
    return all.valueStream().filter(each -> each.path("scheduled").asBoolean()).map(each -> each.path("name").asString()).toList();
  }

  @Test
  void thePlanIsReadFromTheSettings(@TempDir Path home) throws Exception {
    Files.writeString(home.resolve("millrace.yaml"), "gateway: {snapshots: {hours: 24}}\n");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home).snapshots()).isEqualTo(new SnapshotPlan(24, 3));
    Files.writeString(home.resolve("millrace.yaml"), "gateway: {snapshots: {hours: -1}}\n");
    assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home)).hasMessageContaining("hours is -1");
  }
}
