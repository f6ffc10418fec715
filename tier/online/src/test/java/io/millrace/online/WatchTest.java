// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** What monitoring sees of language models: metrics as vLLM has them, traces as a collector receives them. */
@ExtendWith(LargeMill.class)
class WatchTest {

  private static final String PARENT = "4bf92f3577b34da6a3ce929d0e0e4736";


  @Test
  void showsMetricsUnderVllmsNamesWithAColon() {
    String before = metrics();
    ask("say: one two three", 50);
    ask("say: one two three", 2);
    String after = metrics();
    assertThat(after)
        .contains("vllm:num_requests_running{model_name=\"upstream/large\"} 0.0")
        .contains("vllm:num_requests_waiting{")
        .contains("vllm:kv_cache_usage_perc{")
        .contains("vllm:prefix_cache_queries_total{")
        .contains("vllm:prefix_cache_hits_total{")
        .contains("vllm:num_preemptions_total{")
        .contains("# TYPE vllm:request_queue_time_seconds histogram")
        .contains("vllm:time_to_first_token_seconds_bucket{model_name=\"upstream/large\",le=\"0.001\"}")
        .contains("millrace_upstream_reachable")
        .contains("millrace_engine_running");
    String model = "model_name=\"upstream/large\"";
    assertThat(growth(before, after, "vllm:prompt_tokens_total{" + model + "}")).isEqualTo(40);
    assertThat(growth(before, after, "vllm:generation_tokens_total{" + model + "}")).isEqualTo(5);
    assertThat(growth(before, after, "vllm:request_success_total{finished_reason=\"stop\"," + model + "}")).isEqualTo(1);
    assertThat(growth(before, after, "vllm:request_success_total{finished_reason=\"length\"," + model + "}")).isEqualTo(1);
    assertThat(growth(before, after, "vllm:time_to_first_token_seconds_bucket{" + model + ",le=\"+Inf\"}")).isEqualTo(2);
    assertThat(growth(before, after, "vllm:inter_token_latency_seconds_count{" + model + "}")).isEqualTo(3);
  }

  private static String metrics() {
    return LargeMill.mill().get("/actuator/prometheus").body();
  }

  /** How much a series has grown. */
  private static double growth(String before, String after, String series) {
    return value(after, series) - value(before, series);
  }

  private static double value(String metrics, String series) {
    return metrics.lines().filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1))).sum();
  }

  @Test
  void sendsSpansOfRequestsAndGenerationsAsPartsOfTheClientsTrace() {
    HttpResponse<String> response = ask("say: farewell", 50);
    String trace = response.headers().firstValue("X-Trace-Id").orElseThrow();
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> LargeMill.traces().contains(trace));
    String sent = LargeMill.traces();
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
        LargeMill.mill().send(
            LargeMill.mill().request("/v1/chat/completions").header("Content-Type", "application/json")
                .header("traceparent", "00-" + PARENT + "-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(body))).build());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }
}
