// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory;

import io.millrace.core.document.Document;
import io.millrace.core.document.Validity;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Eviction;
import io.millrace.core.log.Eviction.Reason;
import io.millrace.core.log.Eviction.Repeated;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.Repeats;
import io.millrace.core.spi.Access;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static io.millrace.memory.GrowingMemory.WRITTEN;
import static io.millrace.memory.GrowingMemory.delete;
import static io.millrace.memory.GrowingMemory.page;
import static io.millrace.memory.GrowingMemory.put;
import static io.millrace.memory.GrowingMemory.use;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** Repeats that are merged, over a real log: who goes, and that each comes back by itself when nothing stands for it. */
class MergingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final MemoryBudget MERGE = new MemoryBudget(0, 0, 0, List.of("kept/"), null, Repeats.MERGE);

  /** Each text is a second younger than the one before. */
  private static final AtomicInteger TEXTS = new AtomicInteger();

  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path folder;
  private final TestClock clock = new TestClock("2026-01-02T00:00:00Z");

  @BeforeAll
  static void start() {
    shared = EventLogs.open(EventLogSettings.embedded("merging", broker));
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  private final class Memory extends GrowingMemory {
    Memory(EventLog log, String name, MemoryBudget budget) {
      super(log, folder.resolve(name), SearchSettings.DEFAULT.withoutMerging(), budget, clock);
    }

    /** Waits until only these are found, and no document of the log is still on its way. */
    void awaitFound(String... ids) {
      await().atMost(PATIENCE).untilAsserted(() -> {
        assertThat(found()).containsExactlyInAnyOrder(ids);
        assertThat(index.counts().documents() + index.archived()).isEqualTo(documents.residents().size());
        assertThat(documents.caughtUp() && view.caughtUp()).isTrue();
      });
    }

    /** What stands for a document in memory; empty for nothing. */
    String standsFor(String id) {
      return growth.latest(1_000).stream().filter(each -> each.document().equals(id) && each.merged())
          .map(each -> Objects.requireNonNull(each.repeats()).document()).findFirst().orElse("");
    }

    /** The version of what stands for a document in memory; -1 where nothing does. */
    long comparedWith(String id) {
      Repeated repeats = decision(id).repeats();
      return repeats == null ? -1 : repeats.version();
    }

    Eviction decision(String id) {
      return growth.latest(1_000).stream().filter(each -> each.document().equals(id)).findFirst().orElseThrow();
    }
  }

  @Test
  void whatRepeatsAnotherLeavesTheMemoryAndNamesItAndARebuildHoldsTheSame() {
    try (EventLog log = domain("merged")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      put(log, document("kept/rules", text("cool"), Map.of()));
      put(log, document("pinned", text("warm"), Map.of(Resident.PINNED, "true")));
      put(log, document("board", text("dry"), Map.of(), Set.of("board")));
      put(log, document("other", "Grain is milled.", Map.of()));
      Set<Eviction> decided;
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("kept/rules", "pinned", "board", "other");
        for (String away : List.of("first", "second")) {
          Eviction decision = memory.decision(away);
          assertThat(decision.reason()).isEqualTo(Reason.REPEATS);
          assertThat(memory.standsFor(away)).as("the first that is pinned").isEqualTo("kept/rules");
          assertThat(decision.figures().bytes()).isPositive();
          assertThat(memory.documents.document(away, Access.EVERYTHING)).isPresent();
        }
        assertThat(memory.growth.report().archived()).isEqualTo(2);
        assertThat(memory.growth.report().merged()).isEqualTo(2);
        assertThat(memory.growth.made(Reason.REPEATS)).isEqualTo(2);
        assertThat(memory.growth.opened("first")).as("what it says is in memory").isFalse();
        decided = Set.copyOf(memory.growth.latest(100));
      }
      try (Memory anew = new Memory(log, "b", MERGE)) {
        anew.awaitFound("kept/rules", "pinned", "board", "other");
        await().atMost(PATIENCE).until(() -> anew.index.archived() == 2);
        assertThat(Set.copyOf(anew.growth.latest(100))).isEqualTo(decided);
      }
    }
  }

  @Test
  void keepsRepeatsWhereNobodySaysOtherwiseAndBringsThemBackWhenTheyAreKeptAgain() {
    try (EventLog log = domain("kept")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first");
      }
      try (Memory memory = new Memory(log, "a", MemoryBudget.NONE)) {
        memory.awaitFound("first", "second");
        assertThat(memory.decision("second").reason()).isEqualTo(Reason.ALONE);
        assertThat(memory.growth.report().repeated()).isEqualTo(2);
        assertThat(memory.growth.report().archived()).isZero();
      }
    }
  }

  @Test
  void comesBackWhenWhatStandsForItIsDeletedOrSaysSomethingElse() {
    try (EventLog log = domain("left")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      put(log, document("third", text("cool"), Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first");
        delete(log, "first");
        memory.awaitFound("second");
        assertThat(memory.decision("second").reason()).isEqualTo(Reason.ALONE);
        await().atMost(PATIENCE).until(() -> memory.standsFor("third").equals("second"));

        put(log, document("second", "Grain is milled in another way now.", Map.of()));
        memory.awaitFound("second", "third");
        assertThat(memory.decision("third").reason()).isEqualTo(Reason.ALONE);

        put(log, document("second", text("damp"), Map.of()));
        memory.awaitFound("third");
        assertThat(memory.standsFor("second")).isEqualTo("third");
        put(log, document("third", text("dry"), Map.of(), Set.of("board")));
        memory.awaitFound("second", "third"); // no longer for the same readers
      }
    }
  }

  @Test
  void aNewVersionThatSaysNearlyTheSameStandsForItAsTheOldOneDid() {
    try (EventLog log = domain("again")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first");
        long version = memory.comparedWith("second");
        put(log, document("first", text("cool"), Map.of()));
        await().atMost(PATIENCE).until(() -> memory.comparedWith("second") > version);
        assertThat(memory.found()).containsExactly("first");
        assertThat(memory.growth.made(Reason.ALONE)).isZero();

        put(log, document("second", text("warm"), Map.of()));
        await().atMost(PATIENCE).until(() -> memory.decision("second").version() == memory.documents.current("second").orElseThrow().number());
        memory.awaitFound("first");
        put(log, document("second", "Grain is milled.", Map.of()));
        memory.awaitFound("first", "second");
      }
    }
  }

  @Test
  void comesBackWhenTheTimeOfWhatStandsForItHasPassedAndWaitsForOneWhoseTimeHasNotCome() {
    try (EventLog log = domain("times")) {
      put(log, document("soon", text("cool"), Map.of(Validity.FROM, clock.instant().plusSeconds(600).toString())));
      put(log, document("first", text("dry"), Map.of(Validity.UNTIL, clock.instant().plusSeconds(60).toString())));
      put(log, document("second", text("dark"), Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first");
        clock.move(Duration.ofSeconds(60));
        memory.awaitFound("second");
        assertThat(memory.decision("first").reason()).isEqualTo(Reason.EXPIRED);
        assertThat(memory.decision("second").reason()).isEqualTo(Reason.ALONE);
        clock.move(Duration.ofSeconds(600));
        memory.awaitFound("soon");
        assertThat(memory.standsFor("second")).isEqualTo("soon");
      }
    }
  }

  @Test
  void oneWhoseOwnTimePassesWhileItIsAwayIsOver() {
    try (EventLog log = domain("over")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of(Validity.UNTIL, clock.instant().plusSeconds(60).toString())));
      put(log, document("other", "Grain is milled.", Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first", "other");
        clock.move(Duration.ofSeconds(60));
        await().atMost(PATIENCE).until(() -> memory.decision("second").reason() == Reason.EXPIRED);
        delete(log, "first");
        memory.awaitFound("other");
        assertThat(memory.growth.report().merged()).isZero();
      }
    }
  }

  @Test
  void whatABudgetTakesLeavesItsRepeatsToComeBackAndUseOfThemCountsForIt() {
    try (EventLog log = domain("pressed")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      use(log, "second", 5);
      IntStream.range(0, 4).forEach(i -> {
        put(log, document("page/" + i, "Grain number " + i + " is milled.", Map.of()));
        use(log, "page/" + i, 2 + i);
      });
      try (Memory memory = new Memory(log, "a", new MemoryBudget(5, 0, 0, null, null, Repeats.MERGE))) {
        memory.awaitFound("first", "page/0", "page/1", "page/2", "page/3");
      }
      // Unused itself, it is worth what it stands for: more than the pages of uses 2, 3 and 4.
      try (Memory memory = new Memory(log, "a", new MemoryBudget(3, 0, 0, null, null, Repeats.MERGE))) {
        memory.awaitFound("first", "page/3");
        List.of("new/1", "new/2").forEach(id -> use(log, id, 100));
        await().atMost(PATIENCE).until(() -> memory.growth.use("new/2", Access.EVERYTHING, clock.instant()) > 50);
        List.of("new/1", "new/2").forEach(id -> put(log, document(id, "Grain is new, " + id, Map.of())));
        memory.awaitFound("new/1", "new/2", "second");
        assertThat(memory.decision("first").reason()).isEqualTo(Reason.DOCUMENTS);
        assertThat(memory.decision("first").figures().use()).isBetween(4.0, 5.0);
        assertThat(memory.decision("second").reason()).isEqualTo(Reason.ALONE);
      }
    }
  }

  @Test
  void whatSomebodyRestoresStaysUntilItChanges() {
    try (EventLog log = domain("restored")) {
      put(log, document("first", text("dry"), Map.of()));
      put(log, document("second", text("dark"), Map.of()));
      try (Memory memory = new Memory(log, "a", MERGE)) {
        memory.awaitFound("first");
        assertThat(memory.growth.restore("second")).isTrue();
        memory.awaitFound("second");
        assertThat(memory.standsFor("first")).isEqualTo("second");
        assertThat(memory.growth.restore("first")).isTrue();
        memory.awaitFound("first", "second");
        clock.move(Duration.ofDays(2));
        put(log, document("other", "Grain is milled.", Map.of()));
        memory.awaitFound("first", "second", "other");
        put(log, document("second", text("cool"), Map.of()));
        memory.awaitFound("first", "other");
      }
    }
  }

  @Test
  void severalGatewaysComeToTheSameEnd() {
    try (EventLog log = domain("gateways")) {
      for (int i = 0; i < 30; i++) {
        put(log, document("page/" + i, text("dry " + i % 3), Map.of("n", "" + i)));
      }
      try (Memory one = new Memory(log, "a", MERGE);
          Memory other = new Memory(log, "b", MERGE)) {
        put(log, document("late", text("dark"), Map.of()));
        settle(one, other);
        for (String gone : List.copyOf(one.found())) {
          delete(log, gone);
        }
        settle(one, other);
        long made = one.growth.made(Reason.REPEATS) + other.growth.made(Reason.REPEATS);
        assertThat(made).as("no end of decisions").isLessThan(200);
      }
    }
  }

  /** Both find the same, and each document that they do not find repeats one that they do. */
  private static void settle(Memory one, Memory other) {
    await().atMost(PATIENCE).untilAsserted(() -> {
      assertThat(one.documents.caughtUp() && other.documents.caughtUp() && one.view.caughtUp() && other.view.caughtUp()).isTrue();
      assertThat(one.growth.report().documents()).isBetween(1L, 8L);
      assertThat(other.found()).isEqualTo(one.found());
      Set<String> all = one.documents.residents().stream().map(Resident::id).collect(Collectors.toSet());
      all.removeAll(one.found());
      assertThat(all).isNotEmpty().allSatisfy(id -> assertThat(one.found()).contains(one.standsFor(id)));
    });
  }

  /** Two hundred words, of which some are chosen: whatever they are, more than nine in ten shingles are the same. */
  private static String text(String how) {
    return "Grain is kept " + how + " "
        + IntStream.range(0, 200).mapToObj(i -> "word" + i).collect(Collectors.joining(" "));
  }

  private static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()));
  }

  private static Document document(String id, String text, Map<String, String> attributes) {
    return document(id, text, attributes, Set.of());
  }

  private static Document document(String id, String text, Map<String, String> attributes, Set<String> labels) {
    return page(id, text, WRITTEN.plusSeconds(TEXTS.incrementAndGet()), attributes, labels);
  }
}
