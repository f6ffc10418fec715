// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.core.document.Language;
import io.millrace.core.json.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Against a small server that keeps the gateway's contract; the gateway itself is tried end to end elsewhere. */
class SimulationTest {

  private final Map<String, String> documents = new ConcurrentHashMap<>();
  private final Map<String, Set<String>> clicked = new ConcurrentHashMap<>();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    for (int i = 0; i < 12; i++) {
      documents.put((i % 2 == 0 ? "lucene" : "hutool") + "/Page" + i, "Page" + i);
    }
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/v1/search", x -> answer(x, 200, Map.of("hits", found(body(x).path("query").asString()))));
    server.createContext("/v1/chat/completions", x -> answer(x, 200, Map.of("millrace", judged(body(x).toString()))));
    server.createContext("/v1/recommendations", this::recommend);
    server.createContext("/v1/events", this::event);
    server.createContext("/v1/documents/", this::document);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Test
  void measuresTrafficVerdictsAndFreshness() {
    StringWriter text = new StringWriter();
    SimulationReport report =
        new Simulation(new PrintWriter(text), false)
            .run(new SimulationSettings(url(), null, Duration.ofSeconds(3), 100, 10, 0.3, 5));
    assertThat(report.endpoints()).containsKeys("search", "chat/completions", "recommendations", "events", "documents put");
    assertThat(report.endpoints().values()).allMatch(e -> e.failed() == 0);
    assertThat(report.endpoints().values().stream().mapToInt(SimulationReport.Endpoint::answered).sum()).isBetween(50, 330);
    assertThat(report.attacks().asked()).isPositive();
    assertThat(report.attacks().refused()).isEqualTo(report.attacks().asked());
    assertThat(report.benign().refused()).isZero();
    assertThat(report.putToSearchable().count()).isPositive();
    assertThat(report.deleteToGone().count()).isPositive();
    assertThat(report.clickToRecommendations().count()).isPositive();
    assertThat(report.clicks()).isPositive();
    assertThat(documents.keySet()).noneMatch(id -> id.startsWith("simulation/"));
    assertThat(text.toString()).contains("put to searchable", "attacks", "p95 ms");
  }

  @Test
  void saysWhatToDoWhenNothingAnswersOrTheDomainIsEmpty() {
    documents.clear();
    Simulation simulation = new Simulation(new PrintWriter(new StringWriter()), false);
    SimulationSettings settings = SimulationSettings.defaults(url());
    assertThatThrownBy(() -> simulation.run(settings)).hasMessageContaining("millrace up");
    server.stop(0);
    assertThatThrownBy(() -> simulation.run(settings)).hasMessageContaining("millrace serve");
  }

  @Test
  void clicksFallWithPositionAsTheModelSays() {
    SplittableRandom random = new SplittableRandom(3);
    int[] clicks = new int[5];
    int trials = 200_000;
    for (int i = 0; i < trials; i++) {
      int position = ClickModel.click(new double[] {0.1, 0.1, 0.1, 0.1, 0.1}, random);
      if (position >= 0) {
        clicks[position]++;
      }
    }
    for (int i = 0; i < clicks.length; i++) {
      // Read as far as here without a click above, then clicked.
      double expected = 0.1 * Math.pow(0.9, i) * ClickModel.examination(i);
      assertThat((double) clicks[i] / trials).isCloseTo(expected, within(0.003));
    }
  }

  @Test
  void peoplePreferWhatTheyAreInterestedIn() {
    Page lucene = new Page("lucene/A", "A", "", "lucene", Language.ENGLISH);
    Page hutool = new Page("hutool/B", "B", "", "hutool", Language.CHINESE);
    Persona persona = new Persona("u", Map.of("lucene (en)", 1.0));
    assertThat(persona.attraction(lucene)).isCloseTo(0.8, within(1e-9));
    assertThat(persona.attraction(hutool)).isCloseTo(0.05, within(1e-9));
    KnownPages pages = KnownPages.of(List.of(lucene, hutool));
    Persona drawn = Persona.draw("v", pages, new SplittableRandom(1));
    assertThat(drawn.interests().values().stream().mapToDouble(Double::doubleValue).sum()).isCloseTo(1, within(1e-9));
    assertThat(Persona.draw("v", pages, new SplittableRandom(1))).isEqualTo(drawn);
    assertThat(Quantiles.of(List.of(4.0, 1.0, 3.0, 2.0))).isEqualTo(new Quantiles(4, 2, 4, 4));
  }

  private List<Map<String, Object>> found(String query) {
    List<Map<String, Object>> hits = new ArrayList<>();
    documents.forEach(
        (id, text) -> {
          boolean generic = !query.startsWith("zq") && !id.startsWith("simulation/");
          if (generic || text.contains(query)) {
            hits.add(item(id));
          }
        });
    return hits;
  }

  private static Map<String, Object> item(String id) {
    return Map.of("document", id, "title", id.replaceFirst(".*/", ""), "path", List.of(id.replaceFirst("/.*", "")), "language", "en");
  }

  private static Map<String, Object> judged(String body) {
    boolean attack = !body.contains("Page");
    return Map.of("trace", "t", "mode", attack ? "refused" : "reader", "grounded", !attack);
  }

  private void recommend(HttpExchange exchange) throws IOException {
    String query = exchange.getRequestURI().getQuery();
    String user = query.replaceFirst(".*user=([^&]*).*", "$1");
    Set<String> seen = clicked.getOrDefault(user, Set.of());
    List<Map<String, Object>> items =
        documents.keySet().stream().sorted().filter(id -> !seen.contains(id)).limit(10).map(SimulationTest::item).toList();
    answer(exchange, 200, Map.of("exposure", "e", "items", items));
  }

  private void event(HttpExchange exchange) throws IOException {
    JsonNode event = body(exchange);
    if (event.path("type").asString().equals("clicked")) {
      clicked
          .computeIfAbsent(event.path("user").asString(), user -> ConcurrentHashMap.newKeySet())
          .add(event.path("document").asString());
    }
    answer(exchange, 202, Map.of("accepted", 1));
  }

  private void document(HttpExchange exchange) throws IOException {
    String id = exchange.getRequestURI().getPath().substring("/v1/documents/".length());
    if (exchange.getRequestMethod().equals("PUT")) {
      documents.put(id, body(exchange).path("text").asString());
    } else {
      documents.remove(id);
    }
    answer(exchange, 200, Map.of("id", id, "status", "accepted"));
  }

  private static JsonNode body(HttpExchange exchange) throws IOException {
    return Json.tree(exchange.getRequestBody().readAllBytes());
  }

  private static void answer(HttpExchange exchange, int status, Object body) throws IOException {
    byte[] bytes = Json.write(body).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
