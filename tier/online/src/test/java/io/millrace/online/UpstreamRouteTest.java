// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

/** A gateway that may ask another server, without any model of its own. */
@ExtendWith(LargeMill.class)
class UpstreamRouteTest {


  @BeforeEach
  void forget() {
    LargeMill.large().asked.clear();
  }

  @AfterEach
  void isBack() {
    LargeMill.large().status = 200;
  }

  @Test
  void answersFromSourcesThroughTheUpstreamWhereNoModelHereCan() {
    JsonNode reply = ask("millrace", "How many stones does the mill have? say: The mill has 2 stones [1].");
    assertThat(reply.at("/millrace/mode").asString()).as(reply.toString()).isEqualTo("model");
    assertThat(reply.at("/millrace/model").asString()).isEqualTo("upstream/large");
    assertThat(reply.at("/choices/0/message/content").asString()).startsWith("The mill has 2 stones");
    assertThat(reply.at("/millrace/citations/0/document").asString()).isEqualTo("mill/Stones");
    assertThat(LargeMill.large().asked.getFirst().path("messages").toString()).contains("900 kilograms");
    assertThat(reply.at("/usage/prompt_tokens").asInt()).isEqualTo(20);
  }

  @Test
  void whatTheUpstreamMakesUpDoesNotGoOut() {
    JsonNode reply = ask("millrace-upstream", "How many stones does the mill have?");
    assertThat(reply.at("/millrace/mode").asString()).isEqualTo("quote");
    assertThat(reply.at("/choices/0/message/content").asString()).doesNotContain("Hello");
  }

  @Test
  void quotesTheSourcesWhenTheUpstreamFailsAndSaysSo() {
    LargeMill.large().status = 500;
    JsonNode reply = ask("millrace-upstream", "How many stones does the mill have?");
    assertThat(reply.at("/millrace/mode").asString()).isEqualTo("quote");
    assertThat(reply.at("/millrace/notes").toString()).contains("the upstream did not answer").contains("500");
  }

  @Test
  void aDirectRequestThatTheUpstreamFailsIsToldToComeBack() {
    LargeMill.large().status = 503;
    HttpResponse<String> response =
        LargeMill.mill().post(
            "/v1/chat/completions",
            Map.of("model", "millrace-generator", "messages", List.of(Map.of("role", "user", "content", "hi"))));
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    JsonNode error = TestMill.json(response).path("error");
    assertThat(error.path("code").asString()).isEqualTo("upstream_unavailable");
    assertThat(error.path("message").asString()).doesNotContain("away");
  }

  @Test
  void modelsTellWhatTheyCan() {
    JsonNode models = TestMill.json(LargeMill.mill().get("/v1/models")).path("data");
    List<String> ids = models.findValuesAsString("id");
    assertThat(ids).contains(
        "millrace", "millrace-upstream", "millrace-generator", "millrace-generator-upstream", "millrace-reranker",
        "bge-small-en-v1.5");
    assertThat(LargeMill.mill().get("/v1/models/millrace-generator").body()).contains("responses").contains("tools");
    assertThat(LargeMill.mill().get("/v1/models/millrace-upstream").body()).contains("upstream/large");
  }

  private static JsonNode ask(String model, String question) {
    HttpResponse<String> response =
        LargeMill.mill().post(
            "/v1/chat/completions",
            Map.of("model", model, "messages", List.of(Map.of("role", "user", "content", question))));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return TestMill.json(response);
  }
}
