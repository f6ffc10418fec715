// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.registry.Staging;
import io.millrace.engine.Arithmetic;
import io.millrace.memory.learning.LearnedWeights;
import io.millrace.online.console.Webjars;
import io.millrace.online.security.ApiKey;
import io.millrace.online.security.ApiKey.Role;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A gateway with keys: who may do what, and how much of it. */
class KeysTest {

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill =
        TestMill.start(
            List.of(
                key("reader", List.of(Role.ASK), 0, 0),
                key("writer", List.of(Role.ASK, Role.WRITE), 0, 0),
                key("hasty", List.of(Role.ASK), 3, 0),
                key("eager", List.of(Role.ASK), 1, 0),
                new ApiKey(
                    "keeper", ApiKey.hash("secret-of-keeper"), null, null, List.of(Role.ADMIN), 0, 0, List.of("*")),
                key("thrifty", List.of(Role.ASK), 0, 5)),
            Limits.DEFAULTS,
            Deadlines.DEFAULTS);
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  private static ApiKey key(String name, List<Role> roles, int perMinute, long perDay) {
    return new ApiKey(name, ApiKey.hash("secret-of-" + name), null, "tenant-" + name, roles, perMinute, perDay);
  }

  @Test
  void wantsAKey() {
    HttpResponse<String> none = mill.get("/v1/models");
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(TestMill.json(none).at("/error/code").asString()).isEqualTo("invalid_api_key");
    assertThat(models("guessed").statusCode()).isEqualTo(401);
    assertThat(models("secret-of-reader").statusCode()).isEqualTo(200);
    assertThat(mill.get("/actuator/health/liveness").statusCode()).isEqualTo(200);
    assertThat(mill.get("/actuator/prometheus").statusCode()).isEqualTo(401);
    assertThat(mill.get("/status").statusCode()).isEqualTo(401);
  }

  @Test
  void noSpellingOfAnAddressGoesAroundTheKey() {
    for (String shown : List.of("/login", "/console/css/base.css", "/console/favicon.svg", "/console/js/app.js", Webjars.HTMX)) {
      assertThat(mill.get(shown).statusCode()).as(shown).isEqualTo(200);
    }
    for (String closed :
        List.of("/console/feed", "/%61ctuator/prometheus", "/%64ocuments/x.css", "/x.css", "/actuator/health/a.b", "/%761/models")) {
      assertThat(mill.get(closed).statusCode()).as(closed).isEqualTo(401);
    }
    for (String odd :
        List.of(
            "/console/feed;.css", "/events;.css", "/%61ctuator/prometheus;.css", "/%64ocuments/x;.css", "/login;x",
            "/documents/x/..%2F..%2Flogin", "//login", "/console/x/%2e%2e/base.css")) {
      assertThat(mill.get(odd).statusCode()).as(odd).isEqualTo(400);
    }
    assertThat(mill.send(with("secret-of-eager", "/%761/models").GET().build()).statusCode()).isEqualTo(200);
    assertThat(mill.send(with("secret-of-eager", "/%761/models").GET().build()).statusCode()).isEqualTo(429);
  }

  @Test
  void onlyAdministratorsSeeWhatOthersDo() {
    for (String page : List.of("/events", "/console/feed", "/console/nearline", "/risk", "/status", "/v1/memory", "/v1/memory/snapshots")) {
      assertThat(mill.send(with("secret-of-reader", page).GET().build()).statusCode()).as(page).isEqualTo(403);
      assertThat(mill.send(with("secret-of-keeper", page).GET().build()).statusCode()).as(page).isEqualTo(200);
    }
    for (String path : List.of("/v1/memory/snapshots", "/v1/memory/snapshots/x/verify")) {
      HttpRequest post =
          with("secret-of-reader", path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString("{}")).build();
      assertThat(mill.send(post).statusCode()).as(path).isEqualTo(403);
    }
    assertThat(mill.send(with("secret-of-reader", "/v1/memory/snapshots/x").DELETE().build()).statusCode()).isEqualTo(403);
    assertThat(mill.send(with("secret-of-reader", "/models").GET().build()).body())
        .contains("href=\"/models\"").doesNotContain("href=\"/events\"");
    assertThat(mill.send(with("secret-of-keeper", "/models").GET().build()).body()).contains("href=\"/events\"");
  }

  /** How many preferred what is what others do. */
  @Test
  void onlyAdministratorsSeeWhatWasLearnedFromOthers() throws IOException {
    int version;
    try (Staging staging = mill.registry.stage("acme/ranking-en-survey", LearnedWeights.KIND)) {
      Files.writeString(staging.directory().resolve("weights.json"), "{}");
      version = staging.commit("", List.of(), Map.of("outcome", "what 37 people preferred"), Map.of("people", 37.0)).version();
    }
    String page = "/models/acme/ranking-en-survey?version=" + version;
    HttpResponse<String> reader = mill.send(with("secret-of-reader", page).GET().build());
    assertThat(reader.body()).doesNotContain("37 people");
    assertThat(reader.statusCode()).isEqualTo(mill.send(with("secret-of-reader", "/models/acme/no-such-thing").GET().build()).statusCode());
    assertThat(mill.send(with("secret-of-reader", "/models").GET().build()).body()).doesNotContain("ranking-en-survey");
    assertThat(mill.send(with("secret-of-keeper", page).GET().build()).body()).contains("37 people");
  }

  @Test
  void letsOnlyWritersWrite() {
    HttpResponse<String> refused = put("secret-of-reader");
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(TestMill.json(refused).at("/error/message").asString()).contains("'reader'").contains("write");
    assertThat(put("secret-of-writer").statusCode()).isEqualTo(200);
  }

  @Test
  void limitsRequestsByTheMinute() {
    for (int i = 0; i < 3; i++) {
      assertThat(models("secret-of-hasty").statusCode()).isEqualTo(200);
    }
    HttpResponse<String> refused = models("secret-of-hasty");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(refused.headers().firstValue("Retry-After").orElseThrow())).isBetween(1, 20);
    assertThat(TestMill.json(refused).at("/error/type").asString()).isEqualTo("rate_limit_error");
    assertThat(models("secret-of-reader").statusCode()).isEqualTo(200);
  }

  @Test
  void limitsTokensByTheDay() {
    assertThat(chat("secret-of-thrifty").statusCode()).isEqualTo(200);
    Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> chat("secret-of-thrifty").statusCode() == 429);
    assertThat(TestMill.json(chat("secret-of-thrifty")).at("/error/code").asString()).isEqualTo("token_quota_exceeded");
  }

  @Test
  void keepsTenantsUsersApart() {
    mill.send(
        with("secret-of-reader", "/v1/events").header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"clicked\",\"user\":\"ann/of/mill\",\"document\":\"d\"}")).build());
    var feed = mill.gateway().part(io.millrace.online.event.EventFeed.class);
    Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() ->
        assertThat(feed.recent(50)).anyMatch(event -> event.user().equals("tenant-reader/ann_of_mill")));
  }

  @Test
  void aTenantHoldsNoSlash() {
    assertThatThrownBy(() -> new ApiKey("me", ApiKey.hash("x"), null, "a/b", List.of(), 0, 0))
        .hasMessageContaining("'me'").hasMessageContaining("'a/b'").hasMessageContaining("letters");
  }

  @Test
  void peopleLogInWithAKeyAndGetACookie() {
    HttpRequest page = mill.request("/status").header("Accept", "text/html").GET().build();
    HttpResponse<String> sent = mill.send(page);
    assertThat(sent.statusCode()).isEqualTo(302);
    assertThat(sent.headers().firstValue("Location").orElseThrow()).contains("/login?next=");
    assertThat(cookie("guessed")).isNull();
    String cookie = cookie("secret-of-reader");
    assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict");
    HttpRequest api =
        mill.request("/v1/models").header("Cookie", cookie.split(";", 2)[0]).GET().build();
    assertThat(mill.send(api).statusCode()).isEqualTo(200);
  }

  @Test
  void readsItsSettingsStrictly(@TempDir Path home) throws IOException {
    Files.writeString(
        home.resolve("millrace.yaml"),
        "gateway:\n  port: 9090\n  limits: {maxTokens: 77}\n  deadlines: {read: 1234}\n  hosts: [mill.example]\n");
    Files.writeString(
        home.resolve("keys.yaml"),
        "keys:\n  - {name: me, sha256: " + ApiKey.hash("x") + ", roles: [ASK], requestsPerMinute: 60}\n");
    GatewaySettings settings = GatewaySettings.load(mill.settings.domain(), home, home);
    assertThat(settings.port()).isEqualTo(9090);
    assertThat(settings.limits().maxTokens()).isEqualTo(77);
    assertThat(settings.limits().bodyBytes()).isEqualTo(1 << 20);
    assertThat(settings.deadlines().read()).isEqualTo(1234);
    assertThat(settings.keys().getFirst().name()).isEqualTo("me");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home, "0.0.0.0", 1).port()).isEqualTo(1);
    Files.writeString(home.resolve("millrace.yaml"), "gateway:\n  prot: 9090\n");
    assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home))
        .hasMessageContaining("millrace.yaml")
        .hasMessageContaining("prot")
        .hasMessageContaining("port");
  }

  @Test
  void computesWhereTheSettingsSayAndSaysBeforeTheStartThatADeviceIsNotThere(@TempDir Path home) throws IOException {
    Path file = home.resolve("millrace.yaml");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home).arithmetic()).isEqualTo(Arithmetic.KERNELS);
    Files.writeString(file, "gateway: {device: cpu}\n");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home).arithmetic()).isEqualTo(Arithmetic.KERNELS);
    Files.writeString(file, "gateway: {device: gpu}\n");
    assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home))
        .hasMessage(file + ": gateway: device \"gpu\": must be cpu, cuda or cuda:N");
    Files.writeString(file, "gateway: {device: 'cuda:99'}\n");
    assertThatThrownBy(() -> GatewaySettings.load(mill.settings.domain(), home, home))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(file + ": gateway: device cuda:99")
        .hasMessageContaining("-Pcuda");
  }

  private static HttpRequest.Builder with(String key, String path) {
    return mill.request(path).header("Authorization", "Bearer " + key);
  }

  private static HttpResponse<String> models(String key) {
    return mill.send(with(key, "/v1/models").GET().build());
  }

  private static HttpResponse<String> put(String key) {
    return mill.send(
        with(key, "/v1/documents/tenant-writer/b").header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString("{\"title\":\"A\",\"text\":\"A wheel turns.\"}")).build());
  }

  private static HttpResponse<String> chat(String key) {
    String body = "{\"model\":\"millrace\",\"messages\":[{\"role\":\"user\",\"content\":\"What turns the wheel of the mill?\"}]}";
    return mill.send(
        with(key, "/v1/chat/completions").header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  private static String cookie(String key) {
    HttpRequest login =
        mill.request("/login").header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString("key=" + URLEncoder.encode(key, StandardCharsets.UTF_8) + "&next=//evil.example"))
            .build();
    HttpResponse<String> response = mill.send(login);
    assertThat(response.headers().firstValue("Location").orElse("/")).doesNotContain("evil.example");
    return response.headers().firstValue("Set-Cookie").orElse(null);
  }

  @Test
  void rolesAreWrittenInLowerCaseToo(@TempDir Path home) throws IOException {
    Files.writeString(
        home.resolve("keys.yaml"), "keys: [{name: me, sha256: " + ApiKey.hash("x") + ", roles: [ask, write, admin]}]\n");
    assertThat(GatewaySettings.load(mill.settings.domain(), home, home).keys().getFirst().roles())
        .containsExactly(Role.ASK, Role.WRITE, Role.ADMIN);
  }
}
