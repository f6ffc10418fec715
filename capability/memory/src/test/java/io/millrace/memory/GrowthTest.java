// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Validity;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Place;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.log.Topic;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.VectorPrecision;
import io.millrace.core.spi.Access;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

import static io.millrace.memory.GrowingMemory.WRITTEN;
import static io.millrace.memory.GrowingMemory.delete;
import static io.millrace.memory.GrowingMemory.page;
import static io.millrace.memory.GrowingMemory.put;
import static io.millrace.memory.GrowingMemory.use;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

/** Budgets over a real log, with documents cut into passages as nearline does it. */
class GrowthTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path folder;
  private final TestClock clock = new TestClock("2026-01-02T00:00:00Z");

  @BeforeAll
  static void start() {
    shared = EventLogs.open(EventLogSettings.embedded("growth", broker));
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  private final class Memory extends GrowingMemory {
    Memory(EventLog log, String name, MemoryBudget budget) {
      super(log, folder.resolve(name), SearchSettings.DEFAULT, budget, clock);
    }
  }

  @Test
  void tellsReadersWhatTheirOwnTenantDidWithADocumentAndNobodyElse() {
    try (EventLog log = domain("use-of-tenants")) {
      put(log, "page/1", "Grain is milled.");
      Map<String, Double> byTenant = Map.of("", 1.0, "acme", 4.0, "umbra", 7.0);
      log.append(
          Topic.ITEM_FEATURES, "page/1", Json.bytes(new ItemFeatures("page/1", 0, 0, 0, Map.of(), 0, 12, byTenant, clock.instant()))).join();
      try (Memory memory = new Memory(log, "a", MemoryBudget.NONE)) {
        Growth growth = memory.growth;
        await().atMost(PATIENCE).until(() -> growth.use("page/1", Access.EVERYTHING, clock.instant()) == 12);
        assertThat(growth.use("page/1", Access.of(Set.of("tenant:acme", "hr")), clock.instant())).isEqualTo(4);
        assertThat(growth.use("page/1", Access.of(Set.of("tenant:acme", "tenant:umbra")), clock.instant())).isEqualTo(11);
        assertThat(growth.use("page/1", Access.of(Set.of("tenant:none")), clock.instant())).isZero();
        assertThat(growth.use("page/1", Access.of(Set.of("hr")), clock.instant())).isEqualTo(1);
        assertThat(growth.use("page/1", Access.of(Set.of("hr")), clock.instant().plus(Duration.ofDays(30)))).isEqualTo(0.5);
        assertThat(growth.use("page/2", Access.EVERYTHING, clock.instant())).isZero();
        LogPriors priors = new LogPriors(memory.documents, growth);
        await().atMost(PATIENCE).until(() -> priors.since("page/1") != null);
        assertThat(priors.since("page/1")).isEqualTo(WRITTEN);
      }
    }
  }

  @Test
  void movesTheLeastUsedToTheArchiveAndTheLogSaysWhy() {
    try (EventLog log = domain("budget")) {
      IntStream.range(0, 30).forEach(i -> put(log, "page/" + i, "Grain number " + i + " is milled."));
      for (int i = 20; i < 30; i++) {
        use(log, "page/" + i, 5);
      }
      put(log, "kept/rules", "Grain is kept dry.");
      MemoryBudget budget = new MemoryBudget(20, 0, 0, List.of("kept/"), null);
      try (Memory memory = new Memory(log, "a", budget)) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(memory.found()).hasSize(19));
        assertThat(memory.found()).contains("kept/rules")
            .containsAll(IntStream.range(20, 30).mapToObj(i -> "page/" + i).toList());
        assertThat(memory.growth.report().documents()).isEqualTo(19);
        assertThat(memory.growth.report().archived()).isEqualTo(12);
        assertThat(memory.growth.report().pinned()).isEqualTo(1);
        assertThat(memory.growth.latest(100)).hasSize(12).allSatisfy(move -> {
          assertThat(move.reason()).isEqualTo(Reason.DOCUMENTS);
          assertThat(move.figures().bytes()).isPositive();
          assertThat(move.figures().ageDays()).isEqualTo(1);
        });

        String away = memory.growth.latest(1).getFirst().document();
        assertThat(memory.documents.document(away, Access.EVERYTHING)).isPresent();
        assertThat(memory.growth.restore(away)).isTrue();
        assertThat(memory.growth.restore(away)).isFalse();
        await().atMost(PATIENCE).until(() -> memory.found().contains(away));
        assertThat(memory.growth.restore("page/29")).isFalse();
        assertThat(memory.growth.restore("no/Page")).isFalse();
      }
      rebuildsTheSame(log, budget);
    }
  }

  /** An index and a store that are built from the beginning of the log hold what those held that saw it happen. */
  private void rebuildsTheSame(EventLog log, MemoryBudget budget) {
    try (Memory old = new Memory(log, "a", budget);
        Memory anew = new Memory(log, "b", budget)) {
      await().atMost(PATIENCE).until(() -> old.view.caughtUp() && anew.view.caughtUp() && anew.documents.caughtUp());
      await().atMost(PATIENCE).untilAsserted(() -> {
        assertThat(anew.found()).isEqualTo(old.found());
        assertThat(anew.index.archived()).isEqualTo(old.index.archived());
        assertThat(anew.growth.report()).isEqualTo(old.growth.report());
      });
      assertThat(anew.growth.latest(100)).isEqualTo(old.growth.latest(100));
    }
  }

  @Test
  void whatIsOpenedOrChangedOrDeletedLeavesTheArchive() {
    try (EventLog log = domain("back")) {
      IntStream.range(0, 10).forEach(i -> put(log, "page/" + i, "Grain number " + i + " is milled."));
      try (Memory memory = new Memory(log, "a", new MemoryBudget(6, 0, 0, null, null))) {
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(memory.found()).hasSize(5));
        List<String> away = memory.growth.latest(10).stream().map(Eviction::document).toList();
        assertThat(memory.growth.opened(away.get(0))).isTrue();
        await().atMost(PATIENCE).until(() -> memory.found().contains(away.get(0)));
        assertThat(memory.growth.opened(away.get(0))).isFalse();

        delete(log, away.get(1));
        await().atMost(PATIENCE).until(() -> memory.growth.latest(10).stream().noneMatch(move -> move.document().equals(away.get(1))));

        put(log, away.get(2), "Grain is milled in another way now.");
        await().atMost(PATIENCE).until(() -> memory.growth.latest(10).stream()
            .anyMatch(move -> move.document().equals(away.get(2)) && move.reason() == Reason.CHANGED));
      }
    }
  }

  @Test
  void anExpiredDocumentLeavesTheMemoryByADecision() {
    try (EventLog log = domain("expiry")) {
      Document offer = document("offer", "Grain at half the price.", Map.of(Validity.UNTIL, clock.instant().plusSeconds(60).toString()));
      put(log, offer);
      put(log, "page", "Grain at the usual price.");
      try (Memory memory = new Memory(log, "a", MemoryBudget.NONE)) {
        await().atMost(PATIENCE).until(() -> memory.found().equals(Set.of("offer", "page")) && memory.documents.entry("offer", Access.EVERYTHING) != null);
        clock.move(Duration.ofSeconds(60));
        assertThat(memory.found()).containsExactly("page");
        assertThat(memory.documents.entry("offer", Access.EVERYTHING)).isNull();
        await().atMost(PATIENCE).until(() -> memory.index.archived() == 1 && memory.documents.size() == 1);
        Eviction move = memory.growth.latest(5).getFirst();
        assertThat(move).extracting(Eviction::document, Eviction::place, Eviction::reason).containsExactly("offer", Place.ARCHIVE, Reason.EXPIRED);
        assertThatThrownBy(() -> memory.growth.restore("offer")).isInstanceOf(IllegalStateException.class).hasMessageContaining("validUntil");
        assertThat(memory.documents.document("offer", Access.EVERYTHING)).isPresent();

        put(log, document("offer", "Grain at half the price.", Map.of(Validity.UNTIL, "2027-01-01")));
        await().atMost(PATIENCE).until(() -> memory.found().contains("offer") && memory.documents.entry("offer", Access.EVERYTHING) != null);
      }
    }
  }

  @Test
  void saysWhichLimitsPinnedDocumentsExceedByThemselves() {
    try (EventLog log = domain("pinned")) {
      Map<String, String> pinned = Map.of(Resident.PINNED, "true");
      // Some 250 passages of 4,900 bytes.
      put(log, document("long", "Grain is kept dry. ".repeat(16_000), pinned));
      put(log, document("short", "Grain is kept dark.", pinned));
      put(log, "page", "Grain is milled.");
      try (Memory memory = new Memory(log, "neither", new MemoryBudget(2, 2, 0, null, null))) {
        await().atMost(PATIENCE).until(() -> memory.growth.report().archived() == 1);
        assertThat(memory.growth.trouble()).isEmpty();
      }
      String documents = "2 documents are pinned, but the budget is 1: raise budgets.memory.documents";
      String bytes = "pinned documents take 2 megabytes, but the budget is 1: raise budgets.memory.megabytes";
      assertThat(trouble(log, "documents", new MemoryBudget(1, 0, 0, null, null))).contains(documents).doesNotContain("megabytes");
      assertThat(trouble(log, "bytes", new MemoryBudget(0, 1, 0, null, null))).contains(bytes).doesNotContain("budgets.memory.documents");
      assertThat(trouble(log, "both", new MemoryBudget(1, 1, 0, null, null))).contains(documents, bytes);
    }
  }

  @Test
  void saysThatEmbeddingsOfPinnedDocumentsTakeTooMuchMemory() {
    try (EventLog log = domain("pinned-vectors")) {
      for (int i = 0; i < 3; i++) { // each of some 250 passages, 1,728 bytes a passage
        put(log, document("long/" + i, ("Grain " + i + " is kept dry. ").repeat(14_000), Map.of(Resident.PINNED, "true")));
      }
      assertThat(trouble(log, "vectors", new MemoryBudget(0, 0, 1, null, VectorPrecision.FLOAT)))
          .isEqualTo("in memory, embeddings of pinned documents take 2 megabytes, but the budget is 1: raise budgets.memory.vectorMegabytes or unpin some");
    }
  }

  private String trouble(EventLog log, String name, MemoryBudget budget) {
    try (Memory memory = new Memory(log, name, budget)) {
      return await().atMost(PATIENCE).until(memory.growth::trouble, Optional::isPresent).orElseThrow();
    }
  }

  @Test
  void twoGatewaysKeepOneBudget() {
    try (EventLog log = domain("two")) {
      IntStream.range(0, 40).forEach(i -> put(log, "page/" + i, "Grain number " + i + " is milled."));
      MemoryBudget budget = new MemoryBudget(20, 0, 0, null, null);
      try (Memory one = new Memory(log, "a", budget);
          Memory other = new Memory(log, "b", budget)) {
        await().atMost(PATIENCE).untilAsserted(() -> {
          assertThat(one.found()).hasSizeLessThanOrEqualTo(20).isNotEmpty();
          assertThat(other.found()).isEqualTo(one.found());
        });
      }
    }
  }

  @Test
  void aProcessThatIsKilledWhileItEvictsLosesNothing() throws Exception {
    try (EventLog log = domain("killed-growth")) {
      IntStream.range(0, 400).forEach(i -> put(log, "page/" + i, "Grain number " + i + " is milled."));
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--enable-native-access=ALL-UNNAMED",
                  "-Xmx256m", "-cp", System.getProperty("java.class.path"), Evicting.class.getName(),
                  log.connection().get("bootstrap.servers"), folder.resolve("a").toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader lines = child.inputReader(StandardCharsets.UTF_8)) {
        assertThat(lines.readLine()).isEqualTo("evicting");
      } finally {
        child.toHandle().destroyForcibly();
        child.waitFor();
      }
      MemoryBudget budget = new MemoryBudget(100, 0, 0, null, null);
      try (Memory memory = new Memory(log, "a", budget)) {
        await().atMost(PATIENCE).untilAsserted(() -> {
          Growth.Report report = memory.growth.report();
          assertThat(report.documents()).isLessThanOrEqualTo(100).isPositive();
          assertThat(report.documents() + report.archived()).isEqualTo(400);
          assertThat(memory.index.archived()).isEqualTo((int) report.archived());
          assertThat(memory.index.counts().documents()).isEqualTo((int) report.documents());
          assertThat(memory.documents.caughtUp() && memory.view.caughtUp()).isTrue();
        });
        IntStream.range(0, 400).forEach(i -> {
          assertThat(memory.documents.document("page/" + i, Access.EVERYTHING)).isPresent();
          assertThat(memory.index.passages("page/" + i)).hasSize(1);
        });
      }
    }
  }

  /** The program that is killed. */
  static final class Evicting {
    public static void main(String[] arguments) throws Exception {
      EventLog log = EventLogs.open(EventLogSettings.external("killed-growth", arguments[0], Map.of()));
      GrowingMemory memory =
          new GrowingMemory(log, Path.of(arguments[1]), SearchSettings.DEFAULT, new MemoryBudget(100, 0, 0, null, null), InstantSource.system());
      await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1)).atMost(PATIENCE)
          .until(() -> memory.growth.made(Reason.DOCUMENTS) > 0);
      System.out.println("evicting");
      System.in.read(); // Until it is killed, or its parent ends.
      memory.close();
    }
  }

  private static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }

  private static Document document(String id, String text, Map<String, String> attributes) {
    return page(id, text, WRITTEN, attributes, Set.of());
  }
}
