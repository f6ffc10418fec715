// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import io.millrace.core.settings.DomainPack;
import io.millrace.offline.OfflinePipeline;
import io.millrace.offline.OfflineReport;
import io.millrace.offline.OfflineSettings;
import io.millrace.offline.ProgressListener;
import io.millrace.offline.StepReport;
import io.millrace.online.Gateway;
import io.millrace.online.GatewaySettings;
import io.millrace.online.security.ApiKey;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The files of the default domain as {@code millrace up} reads and serves them, to somebody with the label of some of them and to
 * somebody without. The libraries' documentation is left out: it needs a network.
 */
class HouseTest {

  private static final Path PACK = Path.of("../../domains/java-docs");
  private static final String MEMBER = "member";
  private static final String STRANGER = "stranger";
  private static final String SECRET = "platform-team/";

  /** What only files with the label say, and what they are called. */
  private static final List<String> SECRET_WORDS = List.of("Heron", "makes it worse", "Bittern", "翠鸟", "41,000", "14 minutes", SECRET);

  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir static Path home;

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static Mill mill;
  private static Gateway gateway;
  private static OfflineReport report;

  @BeforeAll
  static void up() throws Exception {
    Files.writeString(
        home.resolve(GatewaySettings.KEYS_FILE),
        """
        keys:
          - {name: member, sha256: "%s", labels: [platform-team]}
          - {name: stranger, sha256: "%s"}
        """.formatted(ApiKey.hash(MEMBER), ApiKey.hash(STRANGER)));
    DomainPack whole = DomainPack.load(PACK);
    DomainPack.Sources files = new DomainPack.Sources(null, null, whole.sources().directories(), null);
    DomainPack pack =
        new DomainPack(whole.name(), whole.title(), whole.languages(), files, whole.models(), whole.gates(), whole.budgets());
    Place place = new Place(PACK.toAbsolutePath().normalize(), pack, home);
    mill = Mill.open(place);
    OfflineSettings settings = place.offline(null).withSteps(List.of("fetch", "corpus", "questions", "publish"));
    report = OfflinePipeline.run(settings, mill.registry(), mill.log(), ProgressListener.NONE, () -> false);
    mill.startNearline();
    gateway = mill.startGateway(GatewaySettings.load(pack, place.packDirectory(), home, null, 0));
    mill.awaitPassages(() -> false, _ -> {});
    mill.awaitEmbeddings(() -> false, _ -> {});
    new Readiness(gateway.url()).await(() -> false, _ -> {});
  }

  @AfterAll
  static void stop() {
    if (mill != null) {
      mill.close();
    }
    HTTP.close();
  }

  @Test
  void allFilesAreReadAndNoModelLearnsFromThoseWithALabel() {
    assertThat(step("corpus").notes()).isEmpty();
    assertThat(step("corpus").scores()).containsEntry("deadLetters", 0.0).containsEntry("documents", 14.0);
    assertThat(step("questions").notes()).anySatisfy(note -> assertThat(note).contains("5 documents with access labels were left out of training"));
  }

  private static StepReport step(String name) {
    return report.steps().stream().filter(step -> step.step().equals(name)).findFirst().orElseThrow();
  }

  /** Every kind of file, for somebody without labels. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "How often are searchers refreshed in our services? | house/rules | Lucene | every two seconds",
    "Which linger.ms do we set for producers? | house/kafka-settings | Producers | ours: 20; default: 5",
    "Who is the owner of jsoup, and when is its next review? | house/versions.xlsx | '' | library: jsoup; group: org.jsoup",
    "Who signs off all instances of an upgrade? | house/upgrade-checklist.docx | During | sign-off of both owners",
    "What shall newcomers break in their first week? | house/new-here.pptx | First week | sample service",
    "Why do empty columns vanish when I split a line at commas? | house/faq-en.jsonl | Why do empty columns vanish when I split a line at commas? | splitPreserveAllTokens",
    "后台管理系统多久没有操作要重新登录？ | house/rules-zh | 登录与权限 | 1800 秒",
    "PageReadListener 每次给多少行？ | house/faq-zh.csv | PageReadListener 每次交给我多少行？ | 默认 100 行"
  })
  void filesOfEveryKindAreFound(String question, String document, String heading, String words) {
    Awaitility.await().atMost(SOON).untilAsserted(() ->
        assertThat(hits(STRANGER, question).stream().limit(3)).anySatisfy(hit -> {
          assertThat(hit.path("document").asString()).isEqualTo(document);
          assertThat(hit.path("heading").asString()).isEqualTo(heading);
          assertThat(hit.path("text").asString()).contains(words);
        }));
  }

  /** Each is answered by files with the label alone. */
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
    "Why does the upgrade of Lucene come second? | platform-team/upgrade-plan | Heron",
    "How late were the invoices of the billing service? | platform-team/incident-consumer-group | 41,000 invoices",
    "How long were searches down because of the write lock? | platform-team/search-outage.eml | 14 minutes",
    "What to do on call when Kingfisher rings? | platform-team/on-call.pdf | restarting them makes it worse",
    "客服系统为什么停了 25 分钟？ | platform-team/incident-zh | activeTimeout"
  })
  void filesWithALabelAreThereForThoseWhoHoldItAndForNobodyElse(String question, String document, String words) throws Exception {
    Awaitility.await().atMost(SOON).untilAsserted(() ->
        assertThat(hits(MEMBER, question)).anySatisfy(hit -> {
          assertThat(hit.path("document").asString()).isEqualTo(document);
          assertThat(hit.path("text").asString()).contains(words);
        }));
    assertThat(get(MEMBER, "/v1/documents/" + document).statusCode()).isEqualTo(200);

    assertThat(get(STRANGER, "/v1/documents/" + document).statusCode()).isEqualTo(404);
    assertThat(get(STRANGER, "/documents/" + document).statusCode()).isEqualTo(404);
    assertThat(get(STRANGER, path(question)).body()).doesNotContain(SECRET_WORDS);
    assertThat(ask(STRANGER, question)).doesNotContain(SECRET_WORDS);
    // Why it is not shown is said as of a document that does not exist.
    assertThat(standing(question, document)).isEqualTo(standing(question, SECRET + "none"));
  }

  private static String standing(String question, String document) throws Exception {
    return search(STRANGER, question, "&document=" + document).path("standing").toString().replace(document, "it");
  }

  @ParameterizedTest
  @ValueSource(strings = {
    "/", "/documents/house/index", "/search?query=maintenance+window", "/v1/search?query=platform-team&limit=100", "/v1/recommendations?limit=50&user=ada"
  })
  void noPageNamesThemToAStranger(String path) throws Exception {
    HttpResponse<String> page = get(STRANGER, path);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).doesNotContain(SECRET_WORDS);
  }

  @Test
  void linksLeadFromFileToFileAndFromTheLabelledFolderToTheOpenOneOnly() throws Exception {
    Awaitility.await().atMost(SOON).untilAsserted(() -> assertThat(get(MEMBER, "/v1/documents/house/index").statusCode()).isEqualTo(200));
    assertThat(links("house/index")).contains("house/rules", "house/rules-zh", "house/kafka-settings", "house/versions.xlsx", "house/faq-zh.csv");
    assertThat(links("house/kafka-settings")).contains("house/rules");
    assertThat(links("platform-team/upgrade-plan")).contains("house/versions.xlsx", "platform-team/incident-consumer-group");
    for (String open : List.of("house/index", "house/rules", "house/rules-zh", "house/kafka-settings")) {
      assertThat(links(open)).noneMatch(target -> target.startsWith(SECRET));
    }
  }

  private static List<String> links(String document) throws Exception {
    List<String> targets = new ArrayList<>();
    Json.tree(get(MEMBER, "/v1/documents/" + document).body().getBytes(StandardCharsets.UTF_8)).path("links")
        .forEach(link -> targets.add(link.path("target").asString()));
    return targets;
  }

  private static String path(String question) {
    return "/v1/search?explain=true&limit=10&query=" + URLEncoder.encode(question, StandardCharsets.UTF_8);
  }

  private static List<JsonNode> hits(String key, String question) throws Exception {
    List<JsonNode> hits = new ArrayList<>();
    search(key, question, "").path("hits").forEach(hits::add);
    return hits;
  }

  private static JsonNode search(String key, String question, String more) throws Exception {
    HttpResponse<String> response = get(key, path(question) + more);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.tree(response.body().getBytes(StandardCharsets.UTF_8));
  }

  private static String ask(String key, String question) throws Exception {
    Map<String, Object> body = Map.of("model", "millrace", "messages", List.of(Map.of("role", "user", "content", question)));
    HttpRequest request =
        request(key, "/v1/chat/completions").header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body))).build();
    HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response.body();
  }

  private static HttpResponse<String> get(String key, String path) throws Exception {
    return HTTP.send(request(key, path).GET().build(), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest.Builder request(String key, String path) {
    return HttpRequest.newBuilder(URI.create(gateway.url() + path)).timeout(Duration.ofMinutes(1)).header("Authorization", "Bearer " + key);
  }
}
