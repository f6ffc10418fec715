// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.learning;

import io.millrace.core.event.Event;
import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.memory.EvidenceKind;
import io.millrace.memory.FusionWeights;
import io.millrace.memory.SearchSettings;
import io.millrace.memory.learning.WeightLearning.Report;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** People with a known preference search over a real log; what is learned lies in a real registry. */
class WeightLearningTest {

  private static final Logger LOG = LoggerFactory.getLogger(WeightLearningTest.class);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final FusionWeights TRUTH = Simulation.with(EvidenceKind.RECENCY, 0.6);

  @TempDir static Path broker;
  private static EventLog shared;

  @TempDir Path folder;
  private final Simulation simulation = new Simulation(21, Simulation.CONSTANTS);

  @BeforeAll
  static void start() {
    shared = EventLogs.open(EventLogSettings.embedded("learning", broker).withPatience(PATIENCE));
  }

  @AfterAll
  static void stop() {
    shared.close();
  }

  private static EventLog domain(String name) {
    return EventLogs.open(EventLogSettings.external(name, shared.connection().get("bootstrap.servers"), Map.of()).withPatience(PATIENCE));
  }

  @Test
  void learnsWhatPeoplePreferUsesItAtOnceAndKeepsIt() {
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(folder);
    try (EventLog log = domain("preferring")) {
      append(log, simulation.searches(1_500, 60, Simulation.preferring(TRUTH)));
      LearnedWeights weights = new LearnedWeights(registry, "mill", constants -> constants);
      ArtifactVersion version;
      try (WeightLearning learning = learning(log, weights)) {
        await().atMost(PATIENCE).until(() -> report(learning).latest() != null);
        Report report = report(learning);
        assertThat(report.latest().taken()).as(report.latest().outcome()).isTrue();
        assertThat(report.weights().get("recency")).isBetween(0.3, 0.9);
        assertThat(report.weights().get("use")).isLessThan(0.15);
        assertThat(report.learned().preferences()).isGreaterThan(WeightGate.FEWEST);
        version = weights.learned(Simulation.PURPOSE).orElseThrow().version();
        assertThat(version.reference()).isEqualTo("mill/ranking-en-answer@1").isEqualTo(report.learned().version());
        assertThat(version.scores().get("lowerBound")).isPositive();
        FusionWeights learned = used(weights);
        assertThat(Simulation.ndcg(learned, TRUTH, 77)).isGreaterThan(Simulation.ndcg(Simulation.CONSTANTS, TRUTH, 77) + 0.1);
      }

      // What decided once does not decide again, nor after a restart.
      LearnedWeights again = new LearnedWeights(registry, "mill", constants -> constants);
      assertThat(used(again)).isEqualTo(used(weights));
      try (WeightLearning learning = learning(log, again)) {
        await().atMost(PATIENCE).until(() -> report(learning).waiting().learning() > WeightGate.FEWEST);
        assertThat(report(learning).waiting().deciding()).isZero();
        append(log, simulation.searches(400, 60, Simulation.atRandom()));
        await().atMost(PATIENCE).until(() -> registry.versions(version.name()).size() == 2);
        await().atMost(PATIENCE).until(() -> !report(learning).latest().taken());
        assertThat(report(learning).latest().outcome()).contains("probable by");
        assertThat(report(learning).learned().version()).isEqualTo(version.reference());
      }
    }
  }

  @Test
  void whatWasTakenIsUsedAlsoIfItsMakerWasStoppedBefore() {
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(folder);
    try (EventLog log = domain("stopped")) {
      append(log, simulation.searches(5, 5, Simulation.preferring(TRUTH)));
      log.append(Topic.EVENTS, "odd", Json.bytes(new Event.Clicked("odd", simulation.later(), "t", null, "d", "search", null, 1)));
      append(log, simulation.searches(5, 5, Simulation.preferring(TRUTH)));
      LearnedWeights weights = new LearnedWeights(registry, "mill", constants -> constants);
      ArtifactVersion kept =
          weights.publish(
              Simulation.PURPOSE, TRUTH, "inputs", Map.of("taken", "true", "outcome", "they are better", "until", "2020-01-01T00:00:00Z"), Map.of(), null);
      try (WeightLearning learning = learning(log, weights)) {
        await().atMost(PATIENCE).until(() -> report(learning).learned() != null);
        assertThat(report(learning).learned().version()).isEqualTo(kept.reference());
        assertThat(registry.history(kept.name(), ArtifactRegistry.CHAMPION).getFirst().reason()).contains("they are better");
        registry.retire(kept.name(), ArtifactRegistry.CHAMPION, "no");
        await().atMost(PATIENCE).until(() -> report(learning).learned() == null);
      }
      try (WeightLearning learning = learning(log, weights)) {
        await().atMost(PATIENCE).until(() -> report(learning).latest() != null);
        assertThat(report(learning).learned()).as("what somebody took away").isNull();
      }
    }
  }

  @Test
  void noiseIsAnAttemptThatIsRefusedWithItsReason() {
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(folder);
    try (EventLog log = domain("noise")) {
      append(log, simulation.searches(1_500, 60, Simulation.atRandom()));
      LearnedWeights weights = new LearnedWeights(registry, "mill", constants -> constants);
      try (WeightLearning learning = learning(log, weights)) {
        await().atMost(PATIENCE).until(() -> report(learning).latest() != null);
        assertThat(report(learning).latest().taken()).isFalse();
        assertThat(report(learning).latest().outcome()).contains("% more");
        assertThat(report(learning).learned()).isNull();
        assertThat(used(weights)).isEqualTo(Simulation.CONSTANTS);
        assertThat(registry.alias("mill/ranking-en-answer", ArtifactRegistry.CHAMPION)).isEmpty();
      }
    }
  }

  @Test
  void neitherFirstHitsNorALoudUserNorAnInventedCrowdOfOneTenantAreEnough() {
    ArtifactRegistry registry = DirectoryArtifactRegistry.open(folder);
    try (EventLog log = domain("loud")) {
      for (int i = 0; i < 1_000; i++) {
        append(log, simulation.search("user" + i % 50, Simulation.first()));
        append(log, simulation.search("bot", Simulation.preferring(TRUTH)));
        append(log, simulation.search("acme/invented-" + i, Simulation.preferring(TRUTH)));
      }
      LearnedWeights weights = new LearnedWeights(registry, "mill", constants -> constants);
      try (WeightLearning learning = learning(log, weights)) {
        await().atMost(PATIENCE).until(() -> report(learning).latest() != null);
        assertThat(report(learning).latest().taken()).isFalse();
        assertThat(report(learning).latest().outcome()).contains("without one tenant's preferences");
        assertThat(used(weights)).isEqualTo(Simulation.CONSTANTS);
      }
    }
  }

  @Test
  void theMorePeopleSaidTheNearerTheRankingIsToTheirs() {
    double before = Simulation.ndcg(Simulation.CONSTANTS, TRUTH, 5);
    StringBuilder figures = new StringBuilder(String.format(Locale.ROOT, "constants %.3f, truth %.3f", before, Simulation.ndcg(TRUTH, TRUTH, 5)));
    double last = 0;
    for (int searches : new int[] {50, 100, 200, 400, 800}) {
      double sum = 0;
      double preferences = 0;
      int rounds = 3;
      for (int seed = 0; seed < rounds; seed++) {
        Simulation people = new Simulation(300 + seed, Simulation.CONSTANTS);
        List<Preference> said = Preferences.of(people.judged(people.searches(searches, 50, Simulation.preferring(TRUTH))));
        sum += Simulation.ndcg(new WeightFit(Simulation.SCORE, Simulation.CONSTANTS).fit(said).weights(), TRUTH, 5);
        preferences += Preferences.weight(said);
      }
      last = sum / rounds;
      figures.append(String.format(Locale.ROOT, "; %d searches, %.0f preferences: %.3f", searches, preferences / rounds, last));
    }
    for (int people : new int[] {5, 10, 20, 50}) {
      Simulation few = new Simulation(400, Simulation.CONSTANTS);
      List<JudgedList> lists = few.judged(few.searches(500, people, Simulation.preferring(TRUTH)));
      figures.append(String.format(Locale.ROOT, "; 500 searches of %d people: %.0f preferences", people, Preferences.weight(Preferences.of(lists))));
    }
    LOG.info("nDCG@10 by what was learned: {}", figures);
    assertThat(last).isGreaterThan(before + 0.1);
  }

  private WeightLearning learning(EventLog log, LearnedWeights weights) {
    return new WeightLearning(log, weights, SearchSettings.DEFAULT, true, () -> simulation.later());
  }

  private static FusionWeights used(LearnedWeights weights) {
    return weights.of(Simulation.PURPOSE.language(), Simulation.PURPOSE.aim(), Simulation.CONSTANTS);
  }

  private static Report report(WeightLearning learning) {
    return learning.report().stream()
        .filter(each -> each.language().equals("en") && each.aim().equals("answer")).findFirst().orElseThrow();
  }

  private static void append(EventLog log, List<Event> events) {
    for (int from = 0; from < events.size(); from += 200) {
      CompletableFuture.allOf(
              events.subList(from, Math.min(from + 200, events.size())).stream()
                  .map(each -> log.append(Topic.EVENTS, each.user(), Json.bytes(each))).toArray(CompletableFuture[]::new))
          .join();
    }
  }
}
