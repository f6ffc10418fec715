// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** What is worth reading within a budget, over HTTP. */
class SearchExtractsTest {

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = TestMill.start();
    // Sections of several passages each; one sentence of one of them has a word of its own.
    put("manual", section("dressing", "Lift the bedstone first."), section("oiling", "Wipe the spindle first."));
    put("card", Map.of("heading", "Rynd", "text", "The rynd carries the runner stone."), Map.of("heading", "Bill", "text", "A bill cuts furrows; the rynd is set aside."));
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> mill.found("bedstone", "manual") && mill.found("rynd", "card"));
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @SafeVarargs
  private static void put(String id, Map<String, String>... sections) {
    HttpResponse<String> response = mill.put("/v1/documents/" + id, Map.of("title", "The " + id, "sections", List.of(sections)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  /** Some 4,000 characters, so four passages; the sentence stands in the second. */
  private static Map<String, String> section(String name, String sentence) {
    String text = IntStream.range(0, 60)
        .mapToObj(i -> i == 25 ? sentence : "Step " + i + " of " + name + " is done with care and without any haste.")
        .collect(Collectors.joining(" "));
    return Map.of("anchor", name, "heading", name, "text", text);
  }

  private static JsonNode only(String address) {
    JsonNode extracts = TestMill.json(mill.get(address)).path("extracts");
    assertThat(extracts.size()).as(extracts.toString()).isEqualTo(1);
    assertThat(extracts.at("/0/number").asInt()).isEqualTo(1);
    return extracts.get(0);
  }

  @Test
  void aPieceOfASectionIsReadWhereTheBudgetHoldsNoMore() {
    JsonNode piece = only("/v1/search?query=bedstone&limit=1&budget=400");

    assertThat(piece.path("scope").asString()).isEqualTo("passage");
    assertThat(piece.path("document").asString()).isEqualTo("manual");
    assertThat(piece.path("title").asString()).isEqualTo("The manual");
    assertThat(piece.path("url").asString()).isEqualTo("/documents/manual#dressing");
    assertThat(piece.path("passages").size()).isEqualTo(1);
    assertThat(piece.path("tokens").asInt()).isBetween(1, 400);
    assertThat(piece.path("text").asString()).contains("Lift the bedstone first.").doesNotContain("Step 0 ", "Step 59 ");
  }

  @Test
  void theSectionIsReadWhereTheBudgetHoldsIt() {
    JsonNode section = only("/v1/search?query=bedstone&limit=1&budget=2000");

    assertThat(section.path("scope").asString()).isEqualTo("section");
    assertThat(section.path("passages").size()).isGreaterThan(2);
    assertThat(section.path("tokens").asInt()).isBetween(401, 2_000);
    assertThat(section.path("text").asString())
        .contains("Step 0 of dressing", "Lift the bedstone first.", "Step 59 of dressing").doesNotContain("oiling");
  }

  @Test
  void theDocumentIsReadWhereHitsAreHalfOfIt() {
    JsonNode document = only("/v1/search?query=rynd&limit=5&budget=2000");

    assertThat(document.path("scope").asString()).isEqualTo("document");
    assertThat(document.path("document").asString()).isEqualTo("card");
    assertThat(document.path("text").asString()).contains("carries the runner stone", "A bill cuts furrows");
    assertThat(document.path("score").asDouble()).isPositive();
  }

  @Test
  void bodiesHaveTheBudgetTooAndWithoutOneThereAreNoExtracts() {
    JsonNode sent = TestMill.json(mill.post("/v1/search", Map.of("query", "bedstone", "limit", 1, "budget", 400)));
    assertThat(sent.at("/extracts/0/scope").asString()).isEqualTo("passage");
    assertThat(TestMill.json(mill.get("/v1/search?query=bedstone&budget=10")).path("extracts").isEmpty()).isTrue();
    assertThat(TestMill.json(mill.get("/v1/search?query=bedstone")).has("extracts")).isFalse();
    for (String budget : List.of("-1", "200001")) {
      HttpResponse<String> refused = mill.get("/v1/search?query=bedstone&budget=" + budget);
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains(budget).contains("200000");
    }
  }
}
