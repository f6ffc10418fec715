// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.event.Event;
import io.millrace.core.event.ItemFeatures;
import io.millrace.core.json.Json;
import io.millrace.core.log.Topic;
import io.millrace.online.event.EventFeed;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.ApiKey.Role;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** Two tenants, a department, an operator and somebody without labels at one gateway: nobody sees another's documents. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TenantsTest {

  /** Words that stand in documents of others only; no request of this test holds them. */
  private static final List<String> SECRETS = List.of("xylofornax", "Quarrelite", "vermiculon");

  private static final List<String> OUTSIDERS = List.of("beta", "plain", "hr");
  private static final String ACME = "acme/plans";
  private static final String HR = "hr/pay";
  private static final String OPEN = "open/wheel";

  private static TestMill mill;
  private static Map<String, List<JsonNode>> before;

  @BeforeAll
  static void start() {
    mill =
        TestMill.start(
            List.of(
                key("acme", "acme", null, Role.ASK, Role.WRITE),
                key("beta", "beta", null, Role.ASK, Role.WRITE, Role.ADMIN),
                key("plain", null, null, Role.ASK, Role.WRITE),
                key("hr", null, List.of("hr"), Role.ASK, Role.WRITE),
                key("payroll", null, List.of("hr", "payroll"), Role.ASK, Role.WRITE),
                key("operator", null, List.of("*"), Role.ASK, Role.WRITE, Role.ADMIN)),
            Limits.DEFAULTS,
            // Generous, since answers are compared word for word: what is left out for want of time would differ.
            new Deadlines(0, 60_000, 60_000, 0, 0, 0, 0));
    put("operator", OPEN, Map.of("title", "Wheel", "text", "The wheel of the mill is driven by water. Its plans are public."));
    put("operator", "open/stone", Map.of("title", "Stone", "text", "The stone of the mill grinds grain to flour.",
        "links", List.of(Map.of("target", OPEN))));
    await("operator", "wheel water plans", OPEN);
    await("operator", "stone grain flour", "open/stone");
    before = new LinkedHashMap<>();
    OUTSIDERS.forEach(key -> before.put(key, answers(key)));

    put("acme", ACME, Map.of("title", "Quarrelite plans", "text", "The wheel of the mill at xylofornax turns backwards by water. "
        + "Its plans say that grain and stone are bought from vermiculon.", "links", List.of(Map.of("target", OPEN))));
    put("payroll", HR, Map.of("title", "Quarrelite pay", "text", "The miller at xylofornax earns nine guilders for the wheel.",
        "labels", List.of("payroll"), "links", List.of(Map.of("target", OPEN))));
    await("acme", "wheel water plans", ACME);
    await("payroll", "miller guilders", HR);
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  private static ApiKey key(String name, String tenant, List<String> labels, Role... roles) {
    return new ApiKey(name, ApiKey.hash("secret-of-" + name), null, tenant, List.of(roles), 0, 0, labels);
  }

  @Test
  @Order(1)
  void theirOwnersFindThem() {
    assertThat(body(get("acme", "/v1/documents/" + ACME))).contains("xylofornax").contains("\"labels\":[\"tenant:acme\"]");
    assertThat(search("acme", "wheel water plans")).contains(ACME, OPEN).doesNotContain(HR);
    assertThat(search("payroll", "wheel miller")).contains(HR).doesNotContain(ACME);
    assertThat(search("operator", "wheel miller plans")).contains(HR, ACME, OPEN);
    assertThat(body(chat("acme", "Where does the wheel turn backwards?", false))).contains("xylofornax");
    assertThat(body(get("acme", "/v1/recommendations?context=" + OPEN))).contains(ACME);
    assertThat(body(page("acme", "/documents/" + ACME))).contains("xylofornax");
  }

  @Test
  @Order(2)
  void searchesOfOthersSayWhatTheySaidBefore() {
    for (String key : OUTSIDERS) {
      assertThat(answers(key)).as(key).isEqualTo(before.get(key));
    }
  }

  @Test
  @Order(2)
  void whatOthersDoWithADocumentThatAllSeeIsNotLearnedFromSearches() {
    mill.log.append(Topic.ITEM_FEATURES, OPEN, use(Map.of("acme", 6.0, "", 1.0), 7)).join();
    mill.log.append(Topic.ITEM_FEATURES, ACME, use(Map.of("acme", 500.0), 500)).join();
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(useOf("operator", OPEN)).isCloseTo(7, within(0.01)));
    assertThat(useOf("acme", OPEN)).isCloseTo(6, within(0.01));
    assertThat(useOf("plain", OPEN)).isCloseTo(1, within(0.01));
    assertThat(useOf("beta", OPEN)).isZero();
    assertThat(answers("beta")).isEqualTo(before.get("beta"));
    mill.log.append(Topic.ITEM_FEATURES, OPEN, null).join();
    mill.log.append(Topic.ITEM_FEATURES, ACME, null).join();
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(useOf("operator", OPEN)).isZero());
  }

  private static byte[] use(Map<String, Double> byTenant, double all) {
    return Json.bytes(new ItemFeatures("", 0, 0, 0, Map.of(), 0, all, byTenant, Instant.now()));
  }

  private static double useOf(String key, String document) {
    for (JsonNode hit : TestMill.json(get(key, "/v1/search?explain=true&query=wheel%20water%20plans")).path("hits")) {
      for (JsonNode evidence : hit.path("evidence")) {
        if (hit.path("document").asString().equals(document) && evidence.path("retriever").asString().equals("use")) {
          return evidence.path("raw").asDouble();
        }
      }
    }
    return 0;
  }

  /** Every handler there is, so that one that is added later is driven too. */
  @Test
  @Order(3)
  void noResponseToOthersHoldsAWordOfThem() {
    List<String> driven = new ArrayList<>();
    for (RequestMappingInfo mapping : mappings()) {
      for (String pattern : mapping.getPatternValues()) {
        if (pattern.startsWith("/login") || pattern.startsWith("/logout")) {
          continue;
        }
        Set<?> methods = mapping.getMethodsCondition().getMethods();
        String method = methods.isEmpty() ? "GET" : methods.iterator().next().toString();
        for (String document : List.of(ACME, HR)) {
          String path = pattern.replaceAll("/\\{\\*\\w+}", "/" + document).replaceAll("\\{\\w+}", "x");
          for (String key : OUTSIDERS) {
            for (String accept : List.of("application/json", "text/html")) {
              HttpResponse<String> response = drive(key, method, path, document, accept);
              assertThat(SECRETS).as("%s %s as %s: %s", method, path, key, response.body()).noneMatch(response.body()::contains);
              driven.add(method + " " + pattern);
            }
          }
        }
      }
    }
    assertThat(driven).contains(
        "GET /v1/search", "POST /v1/search", "GET /v1/documents/{*id}", "DELETE /v1/documents/{*id}", "PUT /v1/documents/{*id}",
        "POST /v1/chat/completions", "GET /v1/recommendations", "GET /search", "GET /documents/{*id}", "GET /status");
    for (String key : OUTSIDERS) {
      for (boolean stream : List.of(true, false)) {
        for (String question : List.of("Where does the wheel turn backwards?", "What does the miller earn?", "Whose plans are these?")) {
          String said = body(chat(key, question, stream));
          assertThat(SECRETS).as(said).noneMatch(said::contains);
          assertThat(said).doesNotContain(ACME).doesNotContain(HR);
        }
      }
    }
    // They are still there for those who may see them.
    assertThat(search("acme", "wheel water plans")).contains(ACME);
    assertThat(search("payroll", "wheel miller")).contains(HR);
  }

  @Test
  @Order(4)
  void whatIsHiddenIsAnsweredLikeWhatIsNotThere() {
    for (String key : OUTSIDERS) {
      for (String method : List.of("GET", "DELETE")) {
        HttpResponse<String> hidden = send(key, method, "/v1/documents/" + ACME, null);
        HttpResponse<String> absent = send(key, method, "/v1/documents/acme/nothing", null);
        assertThat(hidden.statusCode()).isEqualTo(404);
        assertThat(plain(hidden, ACME)).isEqualTo(plain(absent, "acme/nothing"));
      }
      // Whether something is there or not, other tenants' identities are not theirs to write.
      HttpResponse<String> taken = send(key, "PUT", "/v1/documents/" + ACME, Map.of("title", "T", "text", "A text."));
      HttpResponse<String> free = send(key, "PUT", "/v1/documents/acme/nothing", Map.of("title", "T", "text", "A text."));
      assertThat(taken.statusCode()).isEqualTo(403);
      assertThat(plain(taken, ACME)).isEqualTo(plain(free, "acme/nothing"));
      JsonNode standing = TestMill.json(get(key, "/v1/search?query=wheel&document=" + ACME)).path("standing");
      assertThat(standing.path("cause").asString()).isEqualTo("absent");
      assertThat(standing.path("rank").asInt()).isZero();
    }
    HttpResponse<String> taken = send("hr", "PUT", "/v1/documents/" + HR, Map.of("title", "T", "text", "A text."));
    assertThat(taken.statusCode()).isEqualTo(403);
    assertThat(taken.body()).contains("choose another identity").doesNotContain("payroll");
  }

  @Test
  @Order(5)
  void keysGiveOnlyLabelsThatTheyHoldAndTenantsStayAmongTheirOwn() {
    Map<String, Object> text = Map.of("title", "T", "text", "A text.");
    assertThat(refusal(send("acme", "PUT", "/v1/documents/elsewhere/x", text))).contains("begin with 'acme/'");
    assertThat(refusal(send("acme", "PUT", "/v1/documents/acmeland/x", text))).contains("begin with 'acme/'");
    assertThat(refusal(send("acme", "PUT", "/v1/documents/acme/x", with(text, List.of())))).contains("tenant:acme");
    assertThat(refusal(send("acme", "PUT", "/v1/documents/acme/x", with(text, List.of("tenant:beta"))))).contains("'tenant:beta'");
    assertThat(refusal(send("plain", "PUT", "/v1/documents/p/x", with(text, List.of("hr"))))).contains("'hr'").contains("keys.yaml");
    assertThat(refusal(send("hr", "PUT", "/v1/documents/p/x", with(text, List.of("HR"))))).contains("'HR'").contains("lower-case");
    assertThat(refusal(send("hr", "PUT", "/v1/documents/p/x", with(text, "hr")))).contains("labels");
    assertThat(refusal(send("acme", "DELETE", "/v1/documents/" + OPEN, null))).contains("acme");
    // One of its labels lets hr see a document, but not change it.
    put("payroll", "hr/both", with(text, List.of("hr", "payroll")));
    assertThat(body(get("hr", "/v1/documents/hr/both"))).contains("\"labels\":[\"hr\"]");
    assertThat(refusal(send("hr", "PUT", "/v1/documents/hr/both", text))).contains("neither replace nor delete");
    assertThat(refusal(send("hr", "DELETE", "/v1/documents/hr/both", null))).contains("neither replace nor delete");
    assertThat(send("payroll", "DELETE", "/v1/documents/hr/both", null).statusCode()).isEqualTo(200);
  }

  @Test
  @Order(6)
  void filesHaveTheLabelsOfWhoeverSendsThem() {
    assertThat(body(upload("acme", "", "", "notes.txt", "Notes about the sluice."))).contains("acme/files/notes");
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> search("acme", "notes sluice").contains("acme/files/notes.txt")
        || search("acme", "notes sluice").stream().anyMatch(id -> id.startsWith("acme/files/notes")));
    assertThat(search("beta", "notes sluice")).noneMatch(id -> id.startsWith("acme/"));
    assertThat(body(upload("acme", "elsewhere", "", "notes.txt", "Notes."))).contains("begin with 'acme/'").contains("\"refused\"");
    assertThat(body(upload("beta", "acme/files", "", "notes.txt", "Others."))).contains("begin with 'beta/'").doesNotContain("sluice");
    assertThat(refusal(upload("plain", "", "hr", "x.txt", "Plain text."))).contains("'hr'");
    assertThat(body(upload("hr", "people", "hr", "list.txt", "A list of sluice keepers."))).contains("people/list");
    assertThat(search("plain", "list sluice keepers")).noneMatch(id -> id.startsWith("people/"));
    // The same file of somebody who may not see it: neither replaced, nor told apart from what may not be written.
    String refused = body(upload("plain", "people", "", "list.txt", "Another list."));
    assertThat(refused).contains("choose another identity").doesNotContain("keepers");
  }

  @Test
  @Order(7)
  void figuresAboutEverybodyAreForWhoeverSeesEverything() {
    for (String path : List.of("/status", "/events", "/console/feed", "/console/nearline", "/risk", "/actuator/prometheus")) {
      HttpResponse<String> refused = get("beta", path);
      assertThat(refused.statusCode()).as(path).isEqualTo(403);
      assertThat(refused.body()).contains("labels: [\\\"*\\\"]");
      assertThat(get("operator", path).statusCode()).as(path).isEqualTo(200);
    }
    assertThat(body(page("beta", "/"))).doesNotContain("href=\"/events\"");
    assertThat(body(page("operator", "/"))).contains("href=\"/events\"");
  }

  @Test
  @Order(8)
  void answersSayForTrainingWhoseTheyAre() {
    chat("acme", "Where does the wheel turn backwards, and who asks?", false);
    chat("plain", "What drives the wheel of the mill, and who asks?", false);
    EventFeed feed = mill.gateway().part(EventFeed.class);
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
      assertThat(feed.recent(500)).anySatisfy(event -> assertThat(event).isInstanceOfSatisfying(Event.Answered.class, answered -> {
        assertThat(answered.question()).contains("backwards, and who asks");
        assertThat(answered.labels()).containsExactly("tenant:acme");
      }));
      assertThat(feed.recent(500)).anySatisfy(event -> assertThat(event).isInstanceOfSatisfying(Event.Answered.class, answered -> {
        assertThat(answered.question()).contains("drives the wheel of the mill, and who asks");
        assertThat(answered.labels()).isEmpty();
      }));
    });
  }

  @Test
  @Order(9)
  void allOfThatHoldsAfterARestart() {
    mill.restartGateway();
    await("acme", "wheel water plans", ACME);
    await("operator", "miller guilders", HR);
    await("beta", "wheel water plans", OPEN);
    for (String key : OUTSIDERS) {
      assertThat(search(key, "wheel water plans miller")).doesNotContain(ACME, HR);
      assertThat(get(key, "/v1/documents/" + ACME).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void keysWithLabelsThatAreNoneAreRefusedWithTheirPlace(@TempDir Path home) throws IOException {
    String start = "keys:\n  - {name: me, sha256: " + ApiKey.hash("x") + ", ";
    Files.writeString(home.resolve("keys.yaml"), start + "labels: [hr, 'tenant:acme', '*']}\n");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home).keys().getFirst().labels()).containsExactly("hr", "tenant:acme", "*");
    for (String wrong : List.of("labels: [HR]", "labels: ['']", "labels: ['a b']", "labels: [" + "x".repeat(65) + "]")) {
      Files.writeString(home.resolve("keys.yaml"), start + wrong + "}\n");
      assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home)).as(wrong)
          .hasMessageContaining("keys.yaml, line 2").hasMessageContaining("'me'").hasMessageContaining("lower-case letters");
    }
    for (String tenant : List.of("Acme", "a..b", "-a", "x".repeat(58))) {
      Files.writeString(home.resolve("keys.yaml"), start + "tenant: '" + tenant + "'}\n");
      assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home)).as(tenant)
          .hasMessageContaining("'" + tenant + "'").hasMessageContaining("lower-case");
    }
  }

  private static List<RequestMappingInfo> mappings() {
    return mill.gateway().part(DispatcherServlet.class).getHandlerMappings().stream()
        .filter(RequestMappingHandlerMapping.class::isInstance)
        .flatMap(mapping -> ((RequestMappingHandlerMapping) mapping).getHandlerMethods().keySet().stream())
        .toList();
  }

  /** What searches, lists and pages tell, without what differs from time to time. */
  private static List<JsonNode> answers(String key) {
    List<JsonNode> all = new ArrayList<>();
    for (String query : List.of("wheel", "water plans", "stone grain", "the mill", "guilders", "miller earns", "nothing of it")) {
      for (String document : List.of(OPEN, ACME, HR)) {
        ObjectNode found =
            (ObjectNode) TestMill.json(get(key, "/v1/search?explain=true&limit=20&query=" + query.replace(" ", "%20") + "&document=" + document));
        found.remove("millis");
        found.remove("id");
        all.add(found);
      }
    }
    for (String context : List.of("", OPEN, ACME)) {
      ObjectNode shown = (ObjectNode) TestMill.json(get(key, "/v1/recommendations?user=ann&limit=50&context=" + context));
      shown.remove("trace");
      shown.remove("exposure");
      all.add(shown);
    }
    return all;
  }

  private static HttpResponse<String> drive(String key, String method, String path, String document, String accept) {
    String query =
        "?query=wheel%20water%20plans%20miller%20guilders&q=wheel%20water%20plans&explain=true&limit=50&user=ann&context=" + document
            + "&document=" + document + "&name=mill%2Fcorpus&version=1&file=metrics.jsonl&part=panel&text=wheel&alias=champion&reason=x";
    HttpRequest.Builder request =
        mill.request(path + query).header("Authorization", "Bearer secret-of-" + key).header("Accept", accept)
            .header("HX-Request", "true");
    if (method.equals("GET")) {
      return mill.send(request.GET().build());
    }
    if (path.endsWith("/files")) {
      return upload(key, document.substring(0, document.indexOf('/')), "", document.substring(document.indexOf('/') + 1) + ".txt", "A text.");
    }
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", "millrace");
    body.put("messages", List.of(Map.of("role", "user", "content", "Where does the wheel turn, and what does the miller earn?")));
    body.put("query", "wheel water plans miller guilders");
    body.put("input", "wheel water plans");
    body.put("documents", List.of("wheel", "water"));
    body.put("document", document);
    body.put("type", "clicked");
    if (path.startsWith("/v1/documents")) {
      body.clear();
      body.put("id", document);
      body.put("title", "T");
      body.put("text", "A text.");
    }
    return mill.send(
        request.header("Content-Type", "application/json").method(method, BodyPublishers.ofString(Json.write(body))).build());
  }

  private static Map<String, Object> with(Map<String, Object> document, Object labels) {
    Map<String, Object> all = new LinkedHashMap<>(document);
    all.put("labels", labels);
    return all;
  }

  private static String refusal(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isIn(400, 403);
    return TestMill.json(response).at("/error/message").asString();
  }

  /** A refusal without the identity that was asked for and the trace. */
  private static JsonNode plain(HttpResponse<String> response, String id) {
    ObjectNode error = (ObjectNode) Json.read(response.body().replace(id, "ID"), JsonNode.class).path("error");
    error.remove("trace");
    return error;
  }

  private static String body(HttpResponse<String> response) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static HttpResponse<String> get(String key, String path) {
    return mill.send(mill.request(path).header("Authorization", "Bearer secret-of-" + key).GET().build());
  }

  private static HttpResponse<String> page(String key, String path) {
    return mill.send(
        mill.request(path).header("Authorization", "Bearer secret-of-" + key).header("Accept", "text/html").GET().build());
  }

  private static HttpResponse<String> send(String key, String method, String path, Object body) {
    return mill.send(
        mill.request(path).header("Authorization", "Bearer secret-of-" + key).header("Content-Type", "application/json")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(Json.write(body))).build());
  }

  private static void put(String key, String id, Map<String, Object> document) {
    HttpResponse<String> response = send(key, "PUT", "/v1/documents/" + id, document);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  private static HttpResponse<String> chat(String key, String question, boolean stream) {
    return send(
        key, "POST", "/v1/chat/completions",
        Map.of("model", "millrace", "stream", stream, "messages", List.of(Map.of("role", "user", "content", question))));
  }

  private static HttpResponse<String> upload(String key, String library, String labels, String name, String text) {
    return new MultipartForm(mill).field("library", library).field("labels", labels).file(name, text).send("secret-of-" + key);
  }

  private static List<String> search(String key, String query) {
    List<String> found = new ArrayList<>();
    for (JsonNode hit : TestMill.json(send(key, "POST", "/v1/search", Map.of("query", query, "limit", 50))).path("hits")) {
      found.add(hit.path("document").asString());
    }
    return found;
  }

  private static void await(String key, String query, String document) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> search(key, query).contains(document));
  }
}
