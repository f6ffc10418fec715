// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.sun.net.httpserver.HttpServer;
import io.millrace.core.json.Json;
import io.millrace.online.answer.UpstreamUse;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.assertj.core.api.Assertions.assertThat;

/** What monitoring sees of language models: metrics as vLLM has them, traces as a collector receives them. */
class WatchTest {

  private static final String PARENT = "4bf92f3577b34da6a3ce929d0e0e4736";

  private static LargeModel large;
  private static HttpServer collector;
  private static final Queue<String> received = new ConcurrentLinkedQueue<>();
  private static TestMill mill;

  @BeforeAll
  static void start() throws IOException {
    large = new LargeModel();
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext("/v1/traces", exchange -> {
      try (exchange) {
        // Protocol buffers hold texts as they are.
        received.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
        exchange.sendResponseHeaders(200, -1);
      }
    });
    collector.start();
    mill =
        TestMill.start(
            large.plan(UpstreamUse.NAMED), "http://127.0.0.1:" + collector.getAddress().getPort() + "/v1/traces");
  }

  @AfterAll
  static void stop() {
    mill.close();
    collector.stop(0);
    large.close();
  }

  @Test
  void showsMetricsUnderVllmsNamesWithAColon() {
    ask("say: one two three", 50);
    ask("say: one two three", 2);
    String metrics = mill.get("/actuator/prometheus").body();
    String label = "{model_name=\"upstream/large\"}";
    assertThat(metrics)
        .contains("vllm:num_requests_running" + label + " 0.0")
        .contains("vllm:num_requests_waiting" + label)
        .contains("vllm:kv_cache_usage_perc" + label)
        .contains("vllm:prefix_cache_queries_total" + label)
        .contains("vllm:num_preemptions_total" + label)
        .contains("vllm:prompt_tokens_total" + label + " 40.0")
        .contains("vllm:generation_tokens_total" + label + " 5.0")
        .contains("vllm:request_success_total{finished_reason=\"stop\",model_name=\"upstream/large\"} 1.0")
        .contains("vllm:request_success_total{finished_reason=\"length\",model_name=\"upstream/large\"} 1.0")
        .contains("vllm:time_to_first_token_seconds_bucket{model_name=\"upstream/large\",le=\"+Inf\"} 2")
        .contains("vllm:inter_token_latency_seconds_count" + label + " 3")
        .contains("# TYPE vllm:request_queue_time_seconds histogram")
        .contains("millrace_upstream_reachable")
        .contains("millrace_engine_running");
  }

  @Test
  void sendsSpansOfRequestsAndGenerationsAsPartsOfTheClientsTrace() {
    HttpResponse<String> response = ask("say: farewell", 50);
    String trace = response.headers().firstValue("X-Trace-Id").orElseThrow();
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> String.join("", received).contains(trace));
    String sent = String.join("", received);
    assertThat(sent).contains(
        "millrace-gateway", "POST /v1/chat/completions", "chat upstream/large", "gen_ai.operation.name", "gen_ai.request.model",
        "gen_ai.request.temperature", "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "gen_ai.response.finish_reasons");
    assertThat(sent).contains(new String(HexFormat.of().parseHex(PARENT), StandardCharsets.ISO_8859_1));
    assertThat(sent).as("what was said is nobody's business").doesNotContain("farewell");
  }

  private static HttpResponse<String> ask(String text, int tokens) {
    Map<String, Object> body =
        Map.of(
            "model", "millrace-generator", "max_tokens", tokens, "messages",
            List.of(Map.of("role", "user", "content", text)));
    HttpResponse<String> response =
        mill.send(
            mill.request("/v1/chat/completions").header("Content-Type", "application/json")
                .header("traceparent", "00-" + PARENT + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body))).build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }
}
