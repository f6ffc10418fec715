// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.document.Language;
import io.millrace.core.event.Event;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.ArtifactVersion;
import io.millrace.core.registry.Staging;
import io.millrace.online.event.EventFeed;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.model.ServedModels;
import io.millrace.tensor.Torch;
import io.millrace.train.AdamW;
import io.millrace.train.Budget;
import io.millrace.train.ReaderTraining;
import io.millrace.train.RunControl;
import io.millrace.train.Schedule;
import io.millrace.train.SpanExample;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** Real models, trained on the spot, come and go while the gateway serves. */
class SwapTest {

  private static final String READER = "mill/reader-en";
  private static final List<String> THINGS = List.of("lamp", "door", "river", "horse", "tower", "coat", "book", "boat");
  private static final List<String> COLOURS = List.of("red", "dark blue", "green", "white", "light grey", "golden");

  @TempDir private static Path folder;
  private static TestMill mill;

  @BeforeAll
  static void start() throws IOException {
    ReaderTraining.Settings settings =
        new ReaderTraining.Settings(
            Language.ENGLISH, 96, 16, 512, 9, 1e-3, new Schedule.Cosine(0.1, 0.02), Budget.ofSteps(24),
            AdamW.Settings.ENCODER, Torch.fastest(), 1);
    new ReaderTraining(settings, RunControl.in(folder.resolve("run")))
        .run(examples(500, 1), examples(40, 2), folder.resolve("reader"));
    mill = TestMill.start();
    mill.content("mill/Lamp", "Lamp", "The lamp is dark blue. The door is red.");
    mill.content("mill/Lantern", "Lantern", "The lamp is dark blue. The boat is green.");
    for (int i = 0; i < 2; i++) {
      commit(READER, "reader", folder.resolve("reader"), Map.of("exactMatch", 0.9));
    }
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @Test
  void servesWhatIsPromotedWhileRequestsRun() throws Exception {
    promote(READER, 1);
    JsonNode reply = mill.ask("What colour is the lamp?");
    assertThat(reply.at("/millrace/mode").asString()).isEqualTo("reader");
    assertThat(reply.at("/millrace/model").asString()).isEqualTo("mill/reader-en@1");
    assertThat(reply.at("/millrace/grounded").asBoolean()).isTrue();
    String text = reply.at("/choices/0/message/content").asString();
    assertThat(text).contains("lamp is dark blue.").matches("(?s).*\\[\\d+]\\[\\d+]");
    for (JsonNode citation : reply.at("/millrace/citations")) {
      assertThat(citation.path("quote").asString()).contains("dark blue");
    }
    assertThat(reply.at("/millrace/retrieved/0/reader_score").isNumber()).isTrue();

    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<String>>> served = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        served.add(
            users.submit(
                () -> {
                  List<String> models = new ArrayList<>();
                  while (!stop.get()) {
                    models.add(mill.ask("What colour is the lamp?").at("/millrace/model").asString());
                  }
                  return models;
                }));
      }
      promote(READER, 2);
      mill.registry.rollback(READER, ArtifactRegistry.CHAMPION, "test");
      awaitServed(READER + "@1");
      promote(READER, 2);
      stop.set(true);
      for (Future<List<String>> each : served) {
        assertThat(each.get()).isNotEmpty().allMatch(model -> model.startsWith(READER + "@"));
      }
    }
    assertThat(mill.ask("What colour is the lamp?").at("/millrace/model").asString()).isEqualTo(READER + "@2");
  }

  @Test
  void keepsServingWhenTheNextVersionIsBrokenAndSaysWhy() throws Exception {
    promote(READER, 1);
    Path broken = Files.createDirectories(folder.resolve("broken"));
    Files.writeString(broken.resolve("config.json"), "{}");
    ArtifactVersion version = commit(READER, "reader", broken, Map.of());
    mill.registry.promote(READER, ArtifactRegistry.CHAMPION, version.version(), "test");
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
      HttpResponse<String> health = mill.get("/actuator/health");
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains(version.reference()).contains("still serving " + READER + "@1");
    });
    assertThat(mill.ask("What colour is the lamp?").at("/millrace/model").asString()).isEqualTo(READER + "@1");
    promote(READER, 1);
  }

  @Test
  void anUntrainedLanguageModelNeverGetsAWordOut() throws Exception {
    promote(READER, 1);
    commit("mill/decoder", "decoder", SmallDecoder.write(folder.resolve("decoder")), Map.of("exactMatch", 0.0));
    promote("mill/decoder", 1);
    Map<String, Object> question =
        Map.of(
            "model", "millrace-decoder", "max_tokens", 40, "temperature", 1, "seed", 3,
            "messages", List.of(Map.of("role", "user", "content", "What colour is the lamp?")));
    JsonNode reply = TestMill.json(mill.post("/v1/chat/completions", question));
    assertThat(reply.at("/millrace/mode").asString()).as(reply.toString()).isEqualTo("quote");
    assertThat(reply.at("/millrace/timings/generate").asDouble()).isPositive();
    assertThat(reply.at("/millrace/verdicts/1/decision").asString()).isIn("quote", "refuse");
    assertThat(mill.ask("What colour is the lamp?").at("/millrace/mode").asString()).isEqualTo("reader");
  }

  @Test
  void triesACanaryWithItsShareOfTheUsersAlwaysTheSameOnes() {
    promote(READER, 1);
    ServedModels models = mill.gateway().part(ServedModels.class);
    mill.registry.promote(READER, ArtifactRegistry.CANARY, 2, "test");
    awaitTrials(models, READER + "@2");
    CanaryShare share = mill.settings.canaryShare();
    Map<String, String> expected = new LinkedHashMap<>();
    for (int i = 0; i < 24; i++) {
      String user = "user-" + i;
      expected.put(user, READER + (share.includes(user, READER + "@2") ? "@2" : "@1"));
    }
    assertThat(expected.values()).contains(READER + "@1", READER + "@2");
    String tried = expected.keySet().stream().filter(user -> expected.get(user).endsWith("@2")).findFirst().orElseThrow();
    expected.forEach((user, version) -> assertThat(answeredBy(user)).as(user).isEqualTo(version));
    assertThat(answeredBy(tried)).isEqualTo(READER + "@2");
    assertThat(mill.ask("What colour is the lamp?").at("/millrace/model").asString()).as("without a user").isEqualTo(READER + "@1");

    EventFeed feed = mill.gateway().part(EventFeed.class);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(
        () -> feed.recent(1_000, event -> event instanceof Event.Answered answered
            && answered.user().equals(tried) && answered.model().equals(READER + "@2")),
        found -> found.size() == 2);
    assertThat(mill.get("/actuator/prometheus").body())
        .containsPattern("millrace_answers_total\\{[^}]*model=\"mill/reader-en@2\"[^}]*} [1-9]")
        .containsPattern("millrace_answer_step_seconds_count\\{[^}]*model=\"mill/reader-en@1\"[^}]*} [1-9]");
    assertThat(mill.get("/v1/models/millrace-reader").body()).contains("\"trial\":\"mill/reader-en@2\"");

    promote(READER, 2);
    awaitTrials(models);
    expected.keySet().stream().limit(4).forEach(user -> assertThat(answeredBy(user)).isEqualTo(READER + "@2"));
    mill.registry.rollback(READER, ArtifactRegistry.CHAMPION, "test");
    awaitTrials(models, READER + "@2");
    expected.forEach((user, version) -> assertThat(answeredBy(user)).as(user).isEqualTo(version));
    mill.registry.retire(READER, ArtifactRegistry.CANARY, "test");
    awaitTrials(models);
    assertThat(answeredBy(tried)).isEqualTo(READER + "@1");
  }

  private static void awaitTrials(ServedModels models, String... references) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(
        () -> assertThat(models.trials()).extracting(ArtifactVersion::reference).containsExactly(references));
  }

  private static String answeredBy(String user) {
    Map<String, Object> question =
        Map.of(
            "model", "millrace-reader", "user", user,
            "messages", List.of(Map.of("role", "user", "content", "What colour is the lamp?")));
    JsonNode reply = TestMill.json(mill.post("/v1/chat/completions", question));
    return reply.at("/millrace/model").asString();
  }

  private static void promote(String name, int version) {
    mill.registry.promote(name, ArtifactRegistry.CHAMPION, version, "test");
    awaitServed(name + "@" + version);
  }

  private static void awaitServed(String reference) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(
        () -> TestMill.json(mill.get("/v1/models")).toString().contains("\"" + reference)
            || TestMill.json(mill.get("/v1/models")).toString().contains(reference + "\""));
  }

  private static ArtifactVersion commit(String name, String kind, Path files, Map<String, Double> scores)
      throws IOException {
    try (Staging staging = mill.registry.stage(name, kind); Stream<Path> all = Files.list(files)) {
      for (Path file : all.toList()) {
        Files.copy(file, staging.directory().resolve(file.getFileName()));
      }
      return staging.commit("", List.of(), Map.of(), scores);
    }
  }

  /** "The lamp is dark blue. The door is red." asked for one of both, or for a third thing. */
  private static List<SpanExample> examples(int count, long seed) {
    Random random = new Random(seed);
    List<SpanExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int thing = random.nextInt(THINGS.size());
      String colour = COLOURS.get(random.nextInt(COLOURS.size()));
      String before = "The " + THINGS.get(thing) + " is ";
      String other = THINGS.get((thing + 1 + random.nextInt(4)) % THINGS.size());
      String passage = before + colour + ". The " + other + " is " + COLOURS.get(random.nextInt(COLOURS.size())) + ".";
      if (i % 4 == 0) {
        String absent = THINGS.get((thing + 6) % THINGS.size());
        examples.add(SpanExample.unanswered("What colour is the " + absent + "?", passage));
      } else {
        String question = "What colour is the " + THINGS.get(thing) + "?";
        examples.add(SpanExample.answered(question, passage, before.length(), before.length() + colour.length()));
      }
    }
    return examples;
  }
}
