// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.core.json.Json;
import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.Refusal;
import io.millrace.online.model.CanaryShare;
import org.apache.catalina.connector.ClientAbortException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What comes in from outside: limits, broken requests, foreign hosts and origins. */
class BorderTest {

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = TestMill.start(List.of(), new Limits(20_000, 500, 10, 64, 4, 16, 8), new Deadlines(0, 0, 0, 0, 0, 0, 4_000));
  }

  @AfterAll
  static void stop() {
    mill.close();
  }

  @Test
  void namesTheParameterThatDoesNotFit() {
    assertRefused(chat(Map.of("temperature", 3)), "temperature", "from 0.0 to 2.0");
    assertRefused(chat(Map.of("max_tokens", 65)), "max_tokens", "from 1 to 64");
    assertRefused(chat(Map.of("max_completion_tokens", 0)), "max_completion_tokens", "from 1 to 64");
    assertRefused(chat(Map.of("messages", List.of())), "messages", "at least one");
    assertRefused(chat(Map.of("messages", "hi")), "messages", "must be a list");
    assertRefused(chat(Map.of("messages", List.of(Map.of("role", "king", "content", "x")))), "messages[0].role", "king");
    assertRefused(
        chat(Map.of("messages", List.of(Map.of("role", "user", "content", "x"), Map.of("role", "assistant", "content", "y")))),
        "messages[1].role", "must be the user's");
    assertRefused(
        chat(Map.of("messages", List.of(Map.of("role", "user", "content", "x".repeat(501))))),
        "messages[0].content", "at most 500");
    assertRefused(chat(Map.of("n", 2)), "n", "n must be 1");
    assertRefused(chat(Map.of("stop", List.of("a", "b", "c", "d", "e"))), "stop", "at most 4");
    assertRefused(mill.post("/v1/embeddings", Map.of("model", "bge-small-en-v1.5", "input", List.of())), "input", "empty");
    assertRefused(mill.post("/v1/events", Map.of("type", "answered")), "type", "clicked or rated");
    assertRefused(mill.post("/v1/events", Map.of("type", "clicked", "document", "../etc")), "document", "..");
    assertRefused(mill.put("/v1/documents/a", Map.of("title", "A")), "text", "says nothing");
    assertRefused(mill.put("/v1/documents/a", Map.of("title", "A", "text", "t", "url", "javascript:x")), "url", "http");
    assertRefused(
        mill.postText("/v1/search", "{\"query\":\"mill \\ud800 stone\"}"), "query", "half a character");
    assertRefused(mill.get("/v1/search?query="), "query", "blank");
    assertRefused(mill.get("/v1/search?query=a&limit=0"), "limit", "from 1 to 100");
  }

  @Test
  void refusesBodiesThatAreTooLargeTooDeepOrNoJson() {
    HttpResponse<String> large = mill.postText("/v1/chat/completions", "{\"a\":\"" + "x".repeat(30_000) + "\"}");
    assertThat(large.statusCode()).isEqualTo(413);
    assertThat(TestMill.json(large).at("/error/message").asString()).contains("20000 bytes");
    assertThat(mill.postText("/v1/chat/completions", "[".repeat(100) + "]".repeat(100)).statusCode()).isEqualTo(400);
    assertThat(mill.postText("/v1/chat/completions", "{\"a\":1,\"a\":2}").statusCode()).isEqualTo(400);
    assertThat(mill.postText("/v1/chat/completions", "{} {}").statusCode()).isEqualTo(400);
    assertThat(mill.postText("/v1/chat/completions", "").statusCode()).isEqualTo(400);
    HttpRequest form =
        mill.request("/v1/chat/completions").header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString("{}")).build();
    assertThat(mill.send(form).statusCode()).isEqualTo(415);
    assertThat(mill.send(mill.request("/v1/models").DELETE().build()).statusCode()).isEqualTo(405);
    assertThat(mill.get("/v1/nothing").statusCode()).isEqualTo(404);
    assertThat(TestMill.json(mill.get("/v1/nothing")).at("/error/message").asString()).contains("/v1/nothing");
    HttpResponse<String> elsewhere = mill.get("/nowhere");
    assertThat(elsewhere.statusCode()).isEqualTo(404);
    assertThat(elsewhere.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/problem+json");
    assertThat(TestMill.json(elsewhere).path("status").asInt()).isEqualTo(404);
  }

  @Test
  void answersNoClientInputWithAServerError() {
    Random random = new Random(7);
    List<String> seeds =
        List.of(
            "{\"model\":\"millrace\",\"messages\":[{\"role\":\"user\",\"content\":\"what is a mill?\"}],\"stream\":true}",
            "{\"model\":\"bge-small-en-v1.5\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"base64\"}",
            "{\"events\":[{\"type\":\"clicked\",\"user\":\"u\",\"document\":\"a/b\",\"dwell_millis\":5}]}",
            "{\"id\":\"a/b\",\"title\":\"T\",\"sections\":[{\"heading\":\"h\",\"text\":\"t\"}],\"links\":[{\"target\":\"x\"}]}",
            "{\"query\":\"mill\",\"limit\":3,\"language\":\"en\"}");
    List<String> paths =
        List.of("/v1/chat/completions", "/v1/embeddings", "/v1/events", "/v1/documents", "/v1/search");
    List<String> shards =
        List.of("null", "-1", "1e999", "\"\\ud800\"", "{}", "[]", "[[[]]]", "\"\\u0000\"", "true", "\uFFFF", "\"𝒳\"", "9".repeat(70), ",", "");
    for (int round = 0; round < 400; round++) {
      StringBuilder body = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
      for (int edits = 1 + random.nextInt(4); edits > 0 && !body.isEmpty(); edits--) {
        int at = random.nextInt(body.length());
        int to = Math.min(body.length(), at + random.nextInt(12));
        body.replace(at, to, random.nextBoolean() ? shards.get(random.nextInt(shards.size())) : "" + (char) random.nextInt(0x3000));
      }
      String path = paths.get(random.nextInt(paths.size()));
      HttpResponse<String> response = mill.postText(path, body.toString());
      assertThat(response.statusCode()).as(path + " " + body + " -> " + response.body()).isLessThan(500);
      assertThat(response.body()).doesNotContain("Exception").doesNotContain("\tat ");
    }
    for (String field : List.of("model", "messages", "stream", "max_tokens", "temperature", "top_p", "seed", "stop", "user", "n", "stream_options", "tools", "response_format")) {
      for (Object value : List.of(Map.of(), List.of(), "x", -1, 1e300, true, List.of(Map.of()), "\u0000", List.of(1))) {
        HttpResponse<String> response = chat(Map.of(field, value));
        assertThat(response.statusCode()).as(field + "=" + value + " -> " + response.body()).isLessThan(500);
      }
    }
    for (String query : List.of("?query=%zz", "?query=%ff%fe", "?query=a&limit=9999999999", "?query=a&language=xx", "?query=" + "a".repeat(600), "?query=%00", "?query=AND+OR+(+%22")) {
      assertThat(raw("GET /v1/search" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
          .as(query).matches("(?s)HTTP/1.1 [24]\\d\\d .*");
    }
  }

  /** Limits as a gateway has them that nobody gave others. */
  @Test
  void aQueryOfAHundredKilobytesIsRefusedAndSaysWhatFits() {
    String query = "mill stones ".repeat(9_000);
    try (TestMill usual = TestMill.start(List.of(), Limits.DEFAULTS, Deadlines.DEFAULTS)) {
      for (HttpResponse<String> response :
          List.of(
              usual.post("/v1/search", Map.of("query", query)),
              usual.post("/v1/search", Map.of("query", "mill", "before", List.of(query))),
              usual.post("/v1/chat/completions", Map.of("model", "millrace", "messages", List.of(Map.of("role", "user", "content", query)))),
              usual.post("/v1/rerank", Map.of("query", query, "documents", List.of("a mill"))))) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(response.body()).contains("characters: at most");
      }
      assertThat(usual.get("/v1/search?query=" + "mill+stones+".repeat(9_000)).statusCode()).isBetween(400, 499);
      // What went before may be long: of it, beginnings are read.
      List<Map<String, String>> turns =
          List.of(Map.of("role", "user", "content", query), Map.of("role", "assistant", "content", query), Map.of("role", "user", "content", "Why?"));
      assertThat(usual.post("/v1/chat/completions", Map.of("model", "millrace", "messages", turns)).statusCode()).isEqualTo(200);
      assertThat(usual.post("/v1/search", Map.of("query", "mill ".repeat(1_500))).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void noQueryIsAServerErrorWhateverItIsMadeOf() {
    Random random = new Random(2_024);
    List<String> pieces =
        List.of(
            "mill", "水车", " ", "\"", "(", ")", "[", "{", "*", "?", "~", "^", ":", "\\", "/", "+", "-", "&&", "||", "!", "AND ", "OR ", "NOT ", "TO ", "heading:", "_:", "*:*", "a~2", "\u0000", "\u0001",
            "\u200b", "\u202e", "\ufeff", "\uffff", "é", "e\u0301", "𝒳", "\ud83d\ude00", "\u0e33", "ﬁ", "İ", "ß", "，", "？", "《", "》", "it ", "and how ", "what is ", "它", "和", "区别", "\n", "\t", "%", "${a}", "<b>");
    for (int round = 0; round < 120; round++) {
      StringBuilder query = new StringBuilder();
      for (int left = 1 + random.nextInt(25); left > 0; left--) {
        query.append(random.nextInt(4) > 0 ? pieces.get(random.nextInt(pieces.size())) : String.valueOf(Character.toChars(codePoint(random))));
      }
      String text = query.length() > 500 ? query.substring(0, 500) : query.toString();
      HttpResponse<String> response = mill.post("/v1/search", Map.of("query", text, "explain", true, "before", List.of("What is a mill?")));
      assertThat(response.statusCode()).as(text + " -> " + response.body()).isIn(200, 400);
      assertThat(response.body()).doesNotContain("Exception");
      if (round % 10 == 0) {
        HttpResponse<String> answer = chat(Map.of("messages", List.of(Map.of("role", "user", "content", text))));
        assertThat(answer.statusCode()).as(text + " -> " + answer.body()).isIn(200, 400);
      }
    }
    for (String half : List.of("\\ud800", "\\udc00", "\\ud800\\ud800", "\\udc00\\ud800 mill")) {
      HttpResponse<String> refused = mill.postText("/v1/search", "{\"query\":\"mill " + half + "\"}");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat(refused.body()).contains("half a character");
    }
  }

  @Test
  void queriesThatSeekNothingOrFindNothingAreAnsweredSo() {
    for (String nothing : List.of("the of and to", "的 了 吗", "?!…", "\u200b", "xylophone quasar zeitgeist")) {
      HttpResponse<String> response = mill.post("/v1/search", Map.of("query", nothing));
      assertThat(response.statusCode()).as(nothing + " -> " + response.body()).isEqualTo(200);
      assertThat(TestMill.json(response).path("hits").isArray()).isTrue();
    }
  }

  private static int codePoint(Random random) {
    int point = random.nextInt(Character.MAX_CODE_POINT);
    return Character.getType(point) == Character.SURROGATE ? 'x' : point;
  }

  @Test
  void answersBrokenHttpWithoutSayingWhatItRunsOn() {
    for (String request :
        List.of(
            "GET /\u0001 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX: " + "y".repeat(40_000) + "\r\n\r\n",
            "BREW /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /v1/documents/%2e%2e/%2e%2e/etc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            "GET /v1/documents/a%00b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
      String response = raw(request);
      assertThat(response).as(request.substring(0, 30)).matches("(?s)HTTP/1.1 [45]\\d\\d .*").doesNotContain("Apache").doesNotContain("Exception");
    }
  }

  @Test
  void refusesForeignHostsAndOrigins() {
    assertThat(raw("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 403").contains("evil.example").contains("gateway.hosts");
    assertThat(raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 403");
    for (String host : List.of("localhost:1234", "127.0.0.1", "[::1]:80", "mill.example")) {
      assertThat(raw("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")).startsWith("HTTP/1.1 200");
    }
    String own = "http://127.0.0.1:" + mill.gateway().port();
    assertThat(search("Origin", "https://evil.example")).isEqualTo(403);
    assertThat(search("Origin", "null")).isEqualTo(403);
    assertThat(search("Sec-Fetch-Site", "cross-site")).isEqualTo(403);
    assertThat(search("Origin", own)).isEqualTo(200);
    assertThat(search("X-Nothing", "x")).isEqualTo(200);
  }

  @Test
  void refusesToListenToOtherMachinesWithoutKeys() {
    assertThatThrownBy(
            () ->
                new GatewaySettings(
                    mill.settings.domain(), mill.home, mill.home, "0.0.0.0", 0, List.of(), List.of(), Limits.DEFAULTS,
                    Deadlines.DEFAULTS, CanaryShare.DEFAULT))
        .hasMessageContaining("0.0.0.0")
        .hasMessageContaining("keys.yaml")
        .hasMessageContaining("sha256sum");
  }

  @Test
  void doesNotFailOverAnEmptyIdentityOrABrokenUpload() {
    assertThat(mill.get("/documents").statusCode()).isEqualTo(404);
    HttpRequest upload =
        mill.request("/login").header("Content-Type", "multipart/form-data; boundary=x")
            .POST(HttpRequest.BodyPublishers.ofString("--x\r\nnothing")).build();
    assertThat(mill.send(upload).statusCode()).isLessThan(500);
  }

  @Test
  void onlyWhatTheClientBrokeOffIsTheClientsFault() {
    assertThat(FrontFilter.refusal(new ClientAbortException(new IOException("reset"))).status()).isEqualTo(400);
    assertThat(FrontFilter.refusal(new IOException("Input/output error")).status()).isEqualTo(500);
    Refusal full = FrontFilter.refusal(new UncheckedIOException(new IOException("/disk/1.part: No space left on device")));
    assertThat(full.status()).isEqualTo(507);
    assertThat(full.code()).isEqualTo("disk_full");
    assertThat(full.getMessage()).contains("free some space").doesNotContain("/disk");
  }

  @Test
  void tellsWhenADeadlineWasMissed() {
    HttpRequest.Builder request = mill.request("/v1/chat/completions").header("Content-Type", "application/json");
    String body = Json.write(body(Map.of()));
    HttpResponse<String> nonsense =
        mill.send(request.copy().header("X-Millrace-Timeout-Ms", "soon").POST(HttpRequest.BodyPublishers.ofString(body)).build());
    assertThat(nonsense.statusCode()).isEqualTo(400);
    assertThat(TestMill.json(nonsense).at("/error/message").asString()).contains("soon").contains("milliseconds");
    assertThat(
            mill.send(request.copy().header("X-Millrace-Timeout-Ms", "60000").POST(HttpRequest.BodyPublishers.ofString(body)).build())
                .statusCode())
        .isEqualTo(200);
  }

  @Test
  void answers504WhenNothingCouldBeSaidInTime() throws IOException {
    String body = Json.write(body(Map.of()));
    try (Socket socket = new Socket("127.0.0.1", mill.gateway().port())) {
      OutputStream out = socket.getOutputStream();
      out.write(head(body.length(), "X-Millrace-Timeout-Ms: 50\r\n"));
      out.flush();
      // The request's time begins with its headers; the body is held back until it is over.
      long held = System.nanoTime() + Duration.ofSeconds(1).toNanos();
      Awaitility.await().until(() -> System.nanoTime() - held > 0);
      String response = exchange(socket, body);
      assertThat(response).startsWith("HTTP/1.1 504").contains("deadline_exceeded").contains("X-Millrace-Timeout-Ms");
    }
  }

  @Test
  void aBodyThatBreaksOffIsNoFailureInside() throws IOException {
    Logger log = (Logger) LoggerFactory.getLogger(FrontFilter.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    log.addAppender(said);
    try (Socket socket = new Socket("127.0.0.1", mill.gateway().port())) {
      socket.getOutputStream().write(
          "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
              .getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).startsWith("HTTP/1.1 400");
    } finally {
      log.detachAppender(said);
    }
    assertThat(said.list).noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.WARN));
  }

  @Test
  void answers408WhenTheBodyDoesNotArrive() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", mill.gateway().port())) {
      String response = exchange(socket, new String(head(100, ""), StandardCharsets.ISO_8859_1));
      assertThat(response).startsWith("HTTP/1.1 408").contains("request_timeout");
    }
  }

  private static byte[] head(int length, String more) {
    return ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + more
            + "Content-Length: " + length + "\r\nConnection: close\r\n\r\n")
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static int search(String header, String value) {
    try (Socket socket = new Socket("127.0.0.1", mill.gateway().port())) {
      // By hand, since Java's client does not let its callers set some of these headers.
      String body = "{\"query\":\"mill\"}";
      String request =
          "POST /v1/search HTTP/1.1\r\nHost: 127.0.0.1:" + mill.gateway().port() + "\r\nContent-Type: application/json\r\n"
              + header + ": " + value + "\r\nContent-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body;
      return Integer.parseInt(exchange(socket, request).split(" ", 3)[1]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String raw(String request) {
    try (Socket socket = new Socket("127.0.0.1", mill.gateway().port())) {
      return exchange(socket, request);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String exchange(Socket socket, String request) throws IOException {
    socket.setSoTimeout(30_000);
    OutputStream out = socket.getOutputStream();
    out.write(request.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.UTF_8);
  }

  private static HttpResponse<String> chat(Map<String, Object> changes) {
    return mill.post("/v1/chat/completions", body(changes));
  }

  private static Map<String, Object> body(Map<String, Object> changes) {
    Map<String, Object> body = new HashMap<>();
    body.put("model", "millrace");
    body.put("messages", List.of(Map.of("role", "user", "content", "what is a mill?")));
    body.putAll(changes);
    return body;
  }

  private static void assertRefused(HttpResponse<String> response, String param, String words) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
    JsonNode error = TestMill.json(response).path("error");
    assertThat(error.path("param").asString()).as(response.body()).isEqualTo(param);
    assertThat(error.path("message").asString()).contains(words);
    assertThat(error.path("type").asString()).isEqualTo("invalid_request_error");
  }
}
