// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

/** A language model of this domain, asked directly: random weights, real engine, and clients that misbehave. */
@ExtendWith(EngineMill.class)
class DirectEngineTest {

  private static final String CHAT = "/v1/chat/completions";

  @TempDir
  static Path folder;

  private static TestMill mill;

  @BeforeAll
  static void start() {
    mill = EngineMill.mill();
  }

  @Test
  void theSameSeedIsTheSameTextAloneStreamedAndAmongSeveralChoices() {
    Map<String, Object> options = Map.of("seed", 5, "temperature", 1.2, "max_tokens", 24);
    String alone = text(chat(options));
    assertThat(text(chat(options))).isEqualTo(alone);
    assertThat(text(chat(Map.of("seed", 6, "temperature", 1.2, "max_tokens", 24)))).isNotEqualTo(alone);
    JsonNode three = chat(with(options, "n", 3));
    assertThat(three.at("/choices/0/message/content").asString()).isEqualTo(alone);
    assertThat(three.path("choices").findValuesAsString("content").stream().distinct()).hasSize(3);
    String streamed =
        TestMill.events(mill.post(CHAT, body(with(options, "stream", true)))).stream()
            .map(chunk -> chunk.at("/choices/0/delta/content").asString("")).collect(Collectors.joining());
    assertThat(streamed).isEqualTo(alone);
    JsonNode reply = chat(options);
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("length");
    assertThat(reply.at("/usage/completion_tokens").asInt()).isEqualTo(24);
    assertThat(reply.at("/millrace/model").asString()).isEqualTo("mill/decoder@1");
  }

  @Test
  void aStopTextEndsTheAnswer() {
    String whole = text(chat(Map.of("temperature", 0, "max_tokens", 40)));
    String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 3);
    JsonNode reply = chat(Map.of("temperature", 0, "max_tokens", 40, "stop", stop));
    assertThat(text(reply)).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("stop");
  }

  @Test
  void whatItWritesHasTheFormThatWasAskedFor() {
    Map<String, Object> schema =
        Map.of(
            "type", "object", "additionalProperties", false, "required", List.of("colour", "wheels"),
            "properties", Map.of("colour", Map.of("enum", List.of("red", "blue")), "wheels", Map.of("type", "integer", "minimum", 2, "maximum", 4)));
    for (int seed = 0; seed < 5; seed++) {
      JsonNode reply =
          chat(
              Map.of(
                  "seed", seed, "max_tokens", 100,
                  "response_format", Map.of("type", "json_schema", "json_schema", Map.of("name", "cart", "schema", schema))));
      JsonNode cart = Json.read(text(reply), JsonNode.class);
      assertThat(cart.path("colour").asString()).isIn("red", "blue");
      assertThat(cart.path("wheels").asInt()).isBetween(2, 4);
      assertThat(text(chat(Map.of("seed", seed, "guided_choice", List.of("yes.", "no?"))))).isIn("yes.", "no?");
      assertThat(text(chat(Map.of("seed", seed, "structured_outputs", Map.of("regex", "[0-9]{3}-[a-f]{2}"))))).matches("[0-9]{3}-[a-f]{2}");
    }
  }

  @Test
  void callsToolsInTheFormOfTheirParameters() {
    Map<String, Object> parameters =
        Map.of(
            "type", "object", "additionalProperties", false, "required", List.of("city"),
            "properties", Map.of("city", Map.of("enum", List.of("Bern", "Ulm"))));
    Map<String, Object> tool = Map.of("type", "function", "function", Map.of("name", "weather", "parameters", parameters));
    for (int seed = 0; seed < 5; seed++) {
      Map<String, Object> options =
          Map.of("seed", seed, "temperature", 1, "max_tokens", 200, "tools", List.of(tool), "tool_choice", "required", "parallel_tool_calls", false);
      JsonNode reply = chat(options);
      assertThat(reply.at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
      assertThat(reply.at("/choices/0/message/tool_calls")).hasSize(1);
      JsonNode call = reply.at("/choices/0/message/tool_calls/0");
      assertThat(call.at("/function/name").asString()).isEqualTo("weather");
      String arguments = call.at("/function/arguments").asString();
      assertThat(Json.read(arguments, JsonNode.class).path("city").asString()).isIn("Bern", "Ulm");
      String streamed =
          TestMill.events(mill.post(CHAT, body(with(options, "stream", true)))).stream()
              .map(chunk -> chunk.at("/choices/0/delta/tool_calls/0/function/arguments").asString("")).collect(Collectors.joining());
      assertThat(streamed).isEqualTo(arguments);

      List<Object> dialogue =
          List.of(
              Map.of("role", "user", "content", "Rain?"),
              Map.of("role", "assistant", "tool_calls", List.of(Json.read(call.toString(), Map.class))),
              Map.of("role", "tool", "tool_call_id", call.path("id").asString(), "content", "No."));
      assertThat(chat(Map.of("messages", dialogue, "tools", List.of(tool), "max_tokens", 5)).at("/usage/prompt_tokens").asInt())
          .isGreaterThan(reply.at("/usage/prompt_tokens").asInt());
    }
    refused(
        Map.of("tools", List.of(Map.of("type", "function", "function",
            Map.of("name", "odd", "parameters", Map.of("type", "object", "not", Map.of()))))),
        "invalid_value", "odd");
  }

  @Test
  void scoresAddUpToTheText() {
    JsonNode reply = chat(Map.of("temperature", 0, "max_tokens", 12, "logprobs", true, "top_logprobs", 3));
    JsonNode tokens = reply.at("/choices/0/logprobs/content");
    assertThat(tokens).hasSize(12);
    for (JsonNode token : tokens) {
      assertThat(token.path("logprob").asDouble()).isNegative();
      assertThat(token.path("top_logprobs")).hasSize(3);
      // Greedy: what was taken is the likeliest.
      assertThat(token.path("top_logprobs").get(0).path("token").asString()).isEqualTo(token.path("token").asString());
    }
  }

  @Test
  void whatTheModelCannotDoIsRefusedWithItsReason() {
    refused(Map.of("messages", List.of(Map.of("role", "user", "content", "mill ".repeat(1400)))), "context_length_exceeded", "1024");
    refused(
        Map.of("guided_json", Map.of("type", "integer", "minimum", 5, "maximum", 4)), "invalid_value", "");
    refused(Map.of("guided_regex", "a(b"), "invalid_value", "");
    refused(Map.of("guided_grammar", "root ::= nowhere"), "invalid_value", "nowhere");
    refused(Map.of("logit_bias", Map.of("999999", 5)), "invalid_value", "999999");
    HttpResponse<String> adapter = mill.post(CHAT, with(body(Map.of()), "model", "millrace-generator:nobody"));
    assertThat(adapter.statusCode()).isEqualTo(404);
    assertThat(adapter.body()).contains("nobody");
  }

  @Test
  void adaptersComeAndGoWhileTheModelIsServed() throws IOException {
    Map<String, Object> greedy = Map.of("temperature", 0, "max_tokens", 24);
    String plain = text(chat(greedy));
    Path files = SmallDecoder.writeAdapter(folder.resolve("adapter"));
    mill.serve("mill/adapter-poet", "adapter", files);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> mill.get("/v1/models").body().contains("millrace-generator:poet"));
    HttpResponse<String> adapted = mill.post(CHAT, with(body(greedy), "model", "millrace-generator:poet"));
    assertThat(adapted.statusCode()).as(adapted.body()).isEqualTo(200);
    assertThat(text(TestMill.json(adapted))).isNotEqualTo(plain);
    assertThat(text(chat(greedy))).isEqualTo(plain);
    mill.registry.retire("mill/adapter-poet", "champion", "test");
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(
        () -> mill.post(CHAT, with(body(greedy), "model", "millrace-generator:poet")).statusCode() == 404);

    Files.writeString(files.resolve("adapter_config.json"), "{}");
    mill.serve("mill/adapter-broken", "adapter", files);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(
        () -> mill.get("/actuator/health").body().contains("mill/adapter-broken@1 cannot be put on mill/decoder@1"));
    mill.registry.retire("mill/adapter-broken", "champion", "test");
  }

  @Test
  void bytesThatAreNoTextAreRefused() {
    byte[] body = Json.bytes(body(Map.of()));
    body[new String(body, StandardCharsets.ISO_8859_1).indexOf("lamp")] = (byte) 0xFF;
    HttpRequest request =
        mill.request(CHAT).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build();
    HttpResponse<String> response = mill.send(request);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("not valid JSON");
  }

  @Test
  void aClientThatReadsAByteNowAndThenHoldsNobodyUp() throws Exception {
    try (Socket slow = ask(Map.of("stream", true, "max_tokens", 256, "n", 8))) {
      InputStream in = slow.getInputStream();
      for (int i = 0; i < 20; i++) {
        assertThat(in.read()).isNotNegative();
        assertThat(chat(Map.of("temperature", 0, "max_tokens", 4)).at("/usage/completion_tokens").asInt()).isPositive();
      }
    }
  }

  @Test
  void whoeverGoesAwayIsNotWrittenForAnyMore() throws Exception {
    try (Socket gone = ask(Map.of("stream", true, "max_tokens", 256, "n", 8))) {
      assertThat(gone.getInputStream().read()).isNotNegative();
    }
    Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() ->
        assertThat(mill.get("/actuator/prometheus").body()).contains("vllm:num_requests_running{model_name=\"mill/decoder@1\"} 0.0"));
  }

  @Test
  void moreThanThereIsRoomForIsToldWhenToComeBack() throws Exception {
    List<CompletableFuture<HttpResponse<String>>> all =
        IntStream.range(0, 60).mapToObj(i -> CompletableFuture.supplyAsync(
            () -> mill.post(CHAT, body(Map.of("max_tokens", 64, "n", 4))), task -> Thread.ofVirtual().start(task)))
            .toList();
    int refused = 0;
    for (CompletableFuture<HttpResponse<String>> each : all) {
      HttpResponse<String> response = each.get(60, TimeUnit.SECONDS);
      assertThat(response.statusCode()).as(response.body()).isIn(200, 429);
      if (response.statusCode() == 429) {
        refused++;
        assertThat(Integer.parseInt(response.headers().firstValue("Retry-After").orElseThrow())).isPositive();
        assertThat(TestMill.json(response).at("/error/code").asString()).isEqualTo("overloaded");
      }
    }
    assertThat(refused).isPositive().isLessThan(60);
  }

  @Test
  void answersNothingThatComesInWithAServerError() {
    Random random = new Random(19);
    Map<String, List<String>> seeds =
        Map.of(
            CHAT,
            List.of(
                "{\"model\":\"millrace-generator\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"max_tokens\":3,\"stream\":true,\"n\":2}",
                "{\"model\":\"millrace-generator\",\"max_tokens\":3,\"messages\":[{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"a\",\"type\":\"function\","
                    + "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"x\"}],"
                    + "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"x\",\"schema\":{\"type\":\"object\"}}}}",
                "{\"model\":\"millrace-generator\",\"max_tokens\":3,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"logprobs\":true,"
                    + "\"top_logprobs\":2,\"logit_bias\":{\"5\":1},\"guided_regex\":\"[ab]{2}\",\"stop\":[\"x\"],\"seed\":1}"),
            "/v1/completions",
            List.of("{\"model\":\"millrace-generator\",\"prompt\":[\"a\",\"b\"],\"max_tokens\":3,\"logprobs\":1,\"stream\":false,\"echo\":false}"),
            "/v1/responses",
            List.of(
                "{\"model\":\"millrace-generator\",\"max_output_tokens\":3,\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"hi\"}]},"
                    + "{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"},"
                    + "{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":\"x\"}],\"text\":{\"format\":{\"type\":\"text\"}},\"stream\":true}"),
            "/v1/rerank",
            List.of("{\"model\":\"millrace-reranker\",\"query\":\"q\",\"documents\":[\"a\",{\"text\":\"b\"}],\"top_n\":1,\"return_documents\":true}"));
    List<String> paths = new ArrayList<>(seeds.keySet().stream().sorted().toList());
    List<String> shards =
        List.of("null", "-1", "1e999", "\"\\ud800\"", "{}", "[]", "[[[]]]", "\"\\u0000\"", "true", "\uFFFF", "\"𝒳\"", "9".repeat(70), ",", "", "\"json\"");
    for (int round = 0; round < 250; round++) {
      String path = paths.get(random.nextInt(paths.size()));
      List<String> bodies = seeds.get(path);
      StringBuilder body = new StringBuilder(bodies.get(random.nextInt(bodies.size())));
      for (int edits = random.nextInt(4); edits > 0 && !body.isEmpty(); edits--) {
        int at = random.nextInt(body.length());
        int to = Math.min(body.length(), at + random.nextInt(12));
        body.replace(at, to, random.nextBoolean() ? shards.get(random.nextInt(shards.size())) : "" + (char) random.nextInt(0x3000));
      }
      check(path + " " + body, mill.postText(path, body.toString()));
    }
    List<Object> values = List.of(Map.of(), List.of(), "x", -1, 0, 1e300, true, List.of(Map.of()), "\u0000", List.of(1), Map.of("type", "x"));
    for (String field :
        List.of(
            "model", "messages", "stream", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "seed", "stop", "user",
            "n", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "response_format", "logprobs", "top_logprobs", "logit_bias",
            "frequency_penalty", "presence_penalty", "repetition_penalty", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
            "structured_outputs", "priority")) {
      for (Object value : values) {
        check(field + "=" + value, mill.post(CHAT, with(body(Map.of("max_tokens", 2)), field, value)));
      }
    }
    for (String field :
        List.of("input", "instructions", "text", "tools", "tool_choice", "include", "store", "previous_response_id", "truncation", "metadata", "max_output_tokens")) {
      for (Object value : values) {
        Map<String, Object> body = new HashMap<>(Map.of("model", "millrace-generator", "input", "hi", "max_output_tokens", 2));
        body.put(field, value);
        check("responses " + field + "=" + value, mill.post("/v1/responses", body));
      }
    }
  }

  private static void check(String what, HttpResponse<String> response) {
    assertThat(response.statusCode()).as(what + " -> " + response.body()).isLessThan(500);
    assertThat(response.body()).as(what).doesNotContain("Exception").doesNotContain("\tat ");
    assertThat(response.body()).as(what).doesNotContain("server_error");
  }

  private static Socket ask(Map<String, Object> options) throws IOException {
    byte[] body = Json.bytes(body(options));
    Socket socket = new Socket();
    // Small, so that a reader who does not read is felt soon.
    socket.setReceiveBufferSize(1_024);
    socket.connect(new InetSocketAddress("127.0.0.1", mill.gateway().port()));
    socket.getOutputStream().write(
        ("POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                + "\r\n\r\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    socket.getOutputStream().write(body);
    socket.getOutputStream().flush();
    return socket;
  }

  private static void refused(Map<String, Object> options, String code, String part) {
    HttpResponse<String> response = mill.post(CHAT, body(options));
    assertThat(response.statusCode()).as(options + " -> " + response.body()).isEqualTo(400);
    assertThat(TestMill.json(response).at("/error/code").asString()).isEqualTo(code);
    assertThat(TestMill.json(response).at("/error/message").asString()).isNotBlank().contains(part);
  }

  private static JsonNode chat(Map<String, Object> options) {
    HttpResponse<String> response = mill.post(CHAT, body(options));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return TestMill.json(response);
  }

  private static String text(JsonNode reply) {
    return reply.at("/choices/0/message/content").asString();
  }

  private static Map<String, Object> body(Map<String, Object> options) {
    Map<String, Object> body = new HashMap<>();
    body.put("model", "millrace-generator");
    body.put("messages", List.of(Map.of("role", "user", "content", "What colour is the lamp?")));
    body.putAll(options);
    return body;
  }

  private static Map<String, Object> with(Map<String, Object> options, String name, Object value) {
    Map<String, Object> more = new HashMap<>(options);
    more.put(name, value);
    return more;
  }
}
