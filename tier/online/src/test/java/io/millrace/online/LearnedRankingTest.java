// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.event.Event;
import io.millrace.core.event.ShownHits;
import io.millrace.core.json.Json;
import io.millrace.core.log.LogScan;
import io.millrace.core.log.Topic;
import io.millrace.core.registry.ArtifactRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** From what people open to what a gateway's searches weigh, and back. */
class LearnedRankingTest {

  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final String SEARCH = "/v1/search?explain=true&aim=survey&query=how%20does%20the%20sluice%20open";

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = TestMill.start();
    mill.content("mill/Sluice", "Sluice", "A sluice is a gate. The sluice does open when the lever is turned.");
    mill.content("mill/Gate", "Gate", "The gate of the mill is opened at dawn.");
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @Test
  void aSearchIsWrittenDownWithWhatSpokeForItsHits() {
    JsonNode found = TestMill.json(mill.get(SEARCH));
    String id = found.path("id").asString();
    Event.Searched event = searched(id);
    ShownHits shown = event.shown();
    assertThat(shown.language()).isEqualTo("en");
    assertThat(shown.aim()).isEqualTo("survey");
    assertThat(shown.hits()).extracting(ShownHits.Hit::document).isEqualTo(event.documents());
    JsonNode evidence = found.at("/hits/0/evidence");
    assertThat(shown.hits().getFirst().evidence().keySet()).hasSize(evidence.size()).contains("bm25", "recency");
    assertThat(recencyWeight()).isZero();
  }

  /** Hits of several searches do not compare. */
  @Test
  void ofAQuestionThatIsSearchedByItsPartsNothingIsLearned() {
    JsonNode found = TestMill.json(mill.get("/v1/search?explain=true&query=How+does+the+sluice+open+and+how+is+the+gate+opened%3F"));
    assertThat(found.at("/understood/parts").size()).isEqualTo(2);
    Event.Searched event = searched(found.path("id").asString());
    assertThat(event.documents()).isNotEmpty();
    assertThat(event.shown()).isNull();
  }

  private static Event.Searched searched(String id) {
    List<Event.Searched> events = new ArrayList<>();
    Awaitility.await().atMost(PATIENCE).until(
        () -> {
          LogScan.read(mill.log, Topic.EVENTS, Map.of(), () -> {}, record -> {
            if (Json.read(record.value(), Event.class) instanceof Event.Searched searched && searched.id().equals(id)) {
              events.add(searched);
            }
          });
          return !events.isEmpty();
        });
    return events.getFirst();
  }

  @Test
  void whatPeopleOpenDecidesWhatSearchesWeighUntilItIsTakenAway() {
    append(searches());
    // Searches use it a moment before the attempt that made it is told of.
    Awaitility.await().atMost(PATIENCE).until(() -> ranking().at("/latest/taken").asBoolean());
    JsonNode ranking = ranking();
    assertThat(ranking.at("/learned/version").asString("")).isEqualTo("mill/ranking-en-survey@1");
    assertThat(ranking.at("/weights/recency").asDouble()).isGreaterThan(0.2);
    assertThat(ranking.at("/learned/preferences").asDouble()).isGreaterThan(200);
    assertThat(recencyWeight()).isGreaterThan(0.1);
    assertThat(mill.get("/status?lang=en").body()).contains("mill/ranking-en-survey@1, since").contains("Newness");
    assertThat(mill.get("/models/mill/ranking-en-survey").body()).contains("ranking-weights");
    JsonNode hit = TestMill.json(mill.get(SEARCH)).at("/hits/0");
    double sum = 0;
    for (JsonNode each : hit.path("evidence")) {
      sum += each.path("weight").asDouble() * each.path("normalised").asDouble();
    }
    assertThat(sum).isCloseTo(hit.path("score").asDouble(), within(1e-9));

    mill.restartGateway();
    assertThat(recencyWeight()).as("after a restart").isGreaterThan(0.1);

    mill.registry.retire("mill/ranking-en-survey", ArtifactRegistry.CHAMPION, "it was better before");
    Awaitility.await().atMost(PATIENCE).until(() -> recencyWeight() == 0);
    assertThat(ranking().path("learned").isMissingNode() || ranking().path("learned").isNull()).isTrue();
    assertThat(mill.get("/status?lang=zh").body()).contains("使用默认权重");
  }

  private static double recencyWeight() {
    for (JsonNode evidence : TestMill.json(mill.get(SEARCH)).at("/hits/0/evidence")) {
      if (evidence.path("retriever").asString().equals("recency")) {
        return evidence.path("weight").asDouble();
      }
    }
    throw new AssertionError("a hit whose document is known has an age");
  }

  private static JsonNode ranking() {
    for (JsonNode each : TestMill.json(mill.get("/v1/memory")).at("/ranking/weights")) {
      if (each.path("language").asString().equals("en") && each.path("aim").asString().equals("survey")) {
        return each;
      }
    }
    throw new AssertionError("no weights of English surveys");
  }

  /** Sixty people open the newest of the hits that they look at, some hours ago. */
  private static List<Event> searches() {
    SplittableRandom random = new SplittableRandom(9);
    Instant at = Instant.now().minus(Duration.ofDays(1));
    List<Event> events = new ArrayList<>();
    for (int i = 0; i < 1_200; i++) {
      List<ShownHits.Hit> hits = IntStream.range(0, 10)
          .mapToObj(n -> new ShownHits.Hit("d" + n, Map.of("bm25", random.nextDouble(), "dense", random.nextDouble(), "recency", random.nextDouble())))
          .sorted(Comparator.comparingDouble(hit -> -hit.evidence().get("bm25") - hit.evidence().get("dense")))
          .toList();
      String newest = hits.subList(0, 2 + random.nextInt(8)).stream()
          .max(Comparator.comparingDouble(hit -> hit.evidence().get("recency"))).orElseThrow().document();
      String user = "user" + i % 60;
      List<String> documents = hits.stream().map(ShownHits.Hit::document).toList();
      at = at.plusSeconds(30);
      events.add(new Event.Searched("s" + i, at, "t" + i, user, "q", documents, 1, new ShownHits("en", "survey", hits)));
      events.add(new Event.Clicked("c" + i, at.plusSeconds(9), "t" + i, user, newest, "search", "s" + i, 0));
    }
    return events;
  }

  private static void append(List<Event> events) {
    CompletableFuture.allOf(
            events.stream().map(each -> mill.log.append(Topic.EVENTS, each.user(), Json.bytes(each))).toArray(CompletableFuture[]::new))
        .join();
  }
}
