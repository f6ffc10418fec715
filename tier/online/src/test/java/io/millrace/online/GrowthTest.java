// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import io.millrace.core.settings.DomainPack.Budgets;
import io.millrace.core.settings.DomainPack.MemoryBudget;
import io.millrace.core.settings.Repeats;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** Versions, times and budgets of documents over HTTP. */
class GrowthTest {

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = TestMill.start(new Budgets(0, 0, 2, new MemoryBudget(12, 0, 0, List.of("kept/"), null, Repeats.MERGE)));
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @Test
  void keepsVersionsAndGoesBackToOne() {
    List<String> written = new ArrayList<>();
    for (String text : List.of("The first rule.", "The second rule.", "The third rule.", "The fourth rule.")) {
      String tag = put("kept/rules", text, Map.of()).headers().firstValue("ETag").orElseThrow();
      written.addFirst(tag.replace("\"", ""));
    }
    JsonNode versions = awaitVersions("kept/rules", written.subList(0, 3));
    assertThat(versions.get(0).path("current").asBoolean()).isTrue();
    String third = versions.get(1).path("version").asString();
    HttpResponse<String> earlier = mill.get("/v1/documents/kept/rules?version=" + third);
    assertThat(earlier.body()).contains("The third rule.");
    assertThat(earlier.headers().firstValue("ETag")).contains("\"" + third + "\"");
    assertThat(mill.get("/v1/documents/kept/rules").body()).contains("The fourth rule.");
    assertThat(mill.get("/v1/documents/kept/rules?version=7777").statusCode()).isEqualTo(404);
    assertThat(mill.get("/v1/documents/kept/rules?version=x").statusCode()).isEqualTo(400);

    HttpResponse<String> restored = mill.post("/v1/documents/restore", Map.of("id", "kept/rules", "version", third));
    assertThat(restored.statusCode()).as(restored.body()).isEqualTo(200);
    assertThat(mill.get("/v1/documents/kept/rules").body()).contains("The third rule.");
    mill.send(mill.request("/v1/documents/kept/rules").DELETE().build());
    assertThat(mill.get("/v1/documents/kept/rules?versions=true").statusCode()).isEqualTo(404);
  }

  @Test
  void ofTwoWritersWhoReadTheSameVersionOneIsRefused() throws Exception {
    String tag = put("kept/page", "One.", Map.of("If-None-Match", "*")).headers().firstValue("ETag").orElseThrow();
    assertThat(send("kept/page", "Again.", Map.of("If-None-Match", "*")).statusCode()).isEqualTo(412);
    for (int round = 0; round < 10; round++) {
      String read = tag;
      Callable<HttpResponse<String>> writer = () -> send("kept/page", "Two.", Map.of("If-Match", read));
      try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
        List<Integer> codes = writers.invokeAll(List.of(writer, writer)).stream().map(GrowthTest::code).sorted().toList();
        assertThat(codes).containsExactly(200, 412);
      }
      tag = mill.get("/v1/documents/kept/page").headers().firstValue("ETag").orElseThrow();
    }
    assertThat(send("kept/none", "New.", Map.of("If-Match", "*")).statusCode()).isEqualTo(412);
    assertThat(send("kept/page", "Bad.", Map.of("If-Match", "17")).statusCode()).isEqualTo(400);
    HttpRequest delete = mill.request("/v1/documents/kept/page").header("If-Match", "\"1\"").DELETE().build();
    assertThat(mill.send(delete).statusCode()).isEqualTo(412);
  }

  @Test
  void aDocumentIsFoundInItsTimeOnly() {
    Instant until = Instant.now().plusSeconds(8);
    HttpResponse<String> put = mill.put(
        "/v1/documents/kept/offer",
        Map.of("title", "Offer", "text", "Threshing at half the price.", "validUntil", until.toString()));
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
    Awaitility.await().atMost(Duration.ofSeconds(7)).until(() -> mill.found("threshing half price", "kept/offer"));
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !mill.found("threshing half price", "kept/offer"));
    assertThat(Instant.now()).isAfterOrEqualTo(until);
    assertThat(mill.get("/v1/documents/kept/offer").statusCode()).isEqualTo(200);
    HttpResponse<String> wrong = mill.put(
        "/v1/documents/kept/offer", Map.of("title", "Offer", "text", "Threshing.", "validUntil", "next week"));
    assertThat(wrong.statusCode()).isEqualTo(400);
    assertThat(wrong.body()).contains("next week").contains("2026-12-31");
  }

  @Test
  void movesWhatIsTooMuchToTheArchiveSaysSoAndBringsItBack() {
    for (int i = 0; i < 14; i++) {
      put("page/" + i, "Bolting cloth number " + i + ".", Map.of());
    }
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> memory().at("/archive/documents").asInt() > 1);
    JsonNode memory = memory();
    assertThat(memory.at("/budget/documents").asInt()).isEqualTo(12);
    assertThat(memory.at("/memory/documents").asInt()).isLessThanOrEqualTo(12);
    assertThat(memory.at("/disk/index").asLong()).isPositive();
    JsonNode move = null;
    for (JsonNode each : memory.path("evictions")) {
      move = move == null && each.path("reason").asString().equals("DOCUMENTS") ? each : move;
    }
    assertThat(move).isNotNull();
    String away = move.path("document").asString();
    assertThat(away).startsWith("page/");
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !mill.found("bolting cloth", away));
    HttpResponse<String> why = mill.post("/v1/search", Map.of("query", "bolting cloth", "document", away));
    assertThat(why.body()).contains("\"archived\"");
    String page = mill.get("/status?lang=zh").body();
    assertThat(page).contains("记忆与归档").contains(away).contains("恢复");
    assertThat(mill.get("/actuator/prometheus").body()).contains("millrace_memory_archived").contains("millrace_memory_moves_total{reason=\"documents\"}");

    HttpResponse<String> restored = mill.post("/v1/memory/restore", Map.of("document", away));
    assertThat(restored.body()).contains(away);
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> mill.found("bolting cloth", away));
    assertThat(mill.post("/v1/memory/restore", Map.of("document", "no/Such")).statusCode()).isEqualTo(404);
    assertThat(mill.post("/v1/memory/restore", Map.of()).statusCode()).isEqualTo(400);
  }

  @Test
  void whatRepeatsAnotherIsMergedAndNamesItUntilThatIsDeleted() {
    String hopper = IntStream.range(0, 200).mapToObj(i -> "hopper" + i).collect(Collectors.joining(" "));
    put("twin/a", hopper, Map.of());
    put("twin/b", hopper, Map.of());
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !decision("twin/b").isMissingNode());
    assertThat(decision("twin/b").path("reason").asString()).isEqualTo("REPEATS");
    assertThat(decision("twin/b").at("/repeats/document").asString()).isEqualTo("twin/a");
    assertThat(memory().at("/archive/merged").asInt()).isEqualTo(1);
    assertThat(memory().at("/budget/repeats").asString()).isEqualTo("merge");
    assertThat(mill.get("/status?lang=zh").body()).contains("归档：与内存中的文档近似重复：").contains("其中 1 篇");
    assertThat(mill.get("/v1/documents/twin/b").headers().firstValue("X-Millrace-Place")).contains("archive");

    mill.send(mill.request("/v1/documents/twin/a").DELETE().build());
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> mill.found("hopper7 hopper8", "twin/b"));
    assertThat(decision("twin/b").path("reason").asString()).isEqualTo("ALONE");
    assertThat(decision("twin/b").has("repeats")).isFalse();
    mill.send(mill.request("/v1/documents/twin/b").DELETE().build());
  }

  /** The latest decision about a document; missing where there is none. */
  private static JsonNode decision(String id) {
    for (JsonNode each : memory().path("evictions")) {
      if (each.path("document").asString().equals(id)) {
        return each;
      }
    }
    return memory().path("none");
  }

  private static JsonNode memory() {
    return TestMill.json(mill.get("/v1/memory"));
  }

  /** Waits until just these versions are listed, latest first. */
  private static JsonNode awaitVersions(String id, List<String> numbers) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> versions(id).findValuesAsString("version").equals(numbers));
    return versions(id);
  }

  private static JsonNode versions(String id) {
    return TestMill.json(mill.get("/v1/documents/" + id + "?versions=true")).path("versions");
  }

  private static int code(Future<HttpResponse<String>> response) {
    return response.resultNow().statusCode();
  }

  private static HttpResponse<String> put(String id, String text, Map<String, String> headers) {
    HttpResponse<String> response = send(id, text, headers);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static HttpResponse<String> send(String id, String text, Map<String, String> headers) {
    HttpRequest.Builder request = mill.request("/v1/documents/" + id).header("Content-Type", "application/json");
    headers.forEach(request::header);
    String body = Json.write(Map.of("title", id, "text", text));
    return mill.send(request.PUT(HttpRequest.BodyPublishers.ofString(body)).build());
  }
}
