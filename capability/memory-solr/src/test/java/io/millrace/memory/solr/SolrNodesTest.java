// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import com.sun.net.httpserver.HttpServer;
import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.memory.MemoryUnavailable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SolrNodesTest {

  private final List<HttpServer> servers = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void stop() {
    servers.forEach(server -> server.stop(0));
  }

  @Test
  void asksAnotherNodeWhereOneRefusesConnectionsOrFails() throws IOException {
    URI broken = node(500, "{\"error\":{\"msg\":\"recovering\"}}");
    URI sound = node(200, "{\"said\":\"hello\"}");
    try (SolrNodes nodes = new SolrNodes(List.of(broken, URI.create("http://127.0.0.1:9/solr"), sound))) {
      for (int i = 0; i < 6; i++) {
        assertThat(nodes.ask("/x", Map.of("a", "b c"), Deadline.after(Duration.ofSeconds(20))).path("said").asString()).isEqualTo("hello");
      }
      // Once for the failing one, which is asked last for some seconds then.
      assertThat(asked.get()).isEqualTo(7);
    }
  }

  @Test
  void asksAnotherNodeInTimeWhereOneIsThereAndSaysNothing() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      URI mute = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/solr");
      try (SolrNodes nodes = new SolrNodes(List.of(mute, node(200, "{\"said\":\"hello\"}")))) {
        assertThat(nodes.ask("/x", Map.of(), Deadline.after(Duration.ofSeconds(2))).path("said").asString()).isEqualTo("hello");
      }
      try (SolrNodes nodes = new SolrNodes(List.of(mute))) {
        assertThatThrownBy(() -> nodes.ask("/x", Map.of(), Deadline.after(Duration.ofMillis(300))))
            .isInstanceOf(MemoryUnavailable.class)
            .hasMessageContaining("does not answer");
      }
    }
  }

  @Test
  void doesNotSendAgainWhatSolrRefuses() throws IOException {
    try (SolrNodes nodes = new SolrNodes(List.of(node(400, "{\"error\":{\"msg\":\"undefined field x\"}}")))) {
      assertThatThrownBy(() -> nodes.ask("/x", Map.of(), Deadline.NONE))
          .isInstanceOf(SolrNodes.Refused.class)
          .hasMessageContaining("400")
          .hasMessageContaining("undefined field x");
      assertThat(asked.get()).isEqualTo(1);
    }
  }

  @Test
  void takesNoAnswerForAnAcknowledgementThatNamesNoReplica() {
    // As seen of Solr 9.10.1 while a leader was being elected: status 0, and the change was lost.
    assertThat(SolrContents.acknowledgements(Json.read("{\"responseHeader\":{\"rf\":2147483647,\"status\":0}}", JsonNode.class))).isZero();
    assertThat(SolrContents.acknowledgements(Json.read("{\"responseHeader\":{\"rf\":2,\"status\":0}}", JsonNode.class))).isEqualTo(2);
    assertThat(SolrContents.acknowledgements(Json.read("{\"responseHeader\":{\"status\":0}}", JsonNode.class))).isZero();
  }

  @Test
  void refusesPlacesThatMakeNoSense() {
    assertThatThrownBy(() -> SolrPlace.of(List.of(), null, null, null)).hasMessageContaining("no URL");
    assertThatThrownBy(() -> SolrPlace.of(List.of("solr1:8983"), null, null, null)).hasMessageContaining("solr1:8983");
    assertThatThrownBy(() -> SolrPlace.of(List.of("http://a b"), null, null, null)).hasMessageContaining("http://solr1:8983/solr");
    assertThatThrownBy(() -> SolrPlace.of(List.of("http://s/solr"), "A_b", null, null)).hasMessageContaining("A_b");
    assertThatThrownBy(() -> SolrPlace.of(List.of("http://s/solr"), "a", 0, null)).hasMessageContaining("0 shards");
    assertThat(SolrPlace.of(List.of("http://s/solr/"), null, 4, 3).urls()).containsExactly(URI.create("http://s/solr"));
    assertThat(List.of(1, 2, 3, 4, 5).stream().map(n -> SolrPlace.of(List.of("http://s/solr"), "a", 1, n).acknowledged()))
        .containsExactly(1, 1, 2, 2, 3);
  }

  private URI node(int status, String answer) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> {
      asked.incrementAndGet();
      exchange.getRequestBody().readAllBytes();
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
      exchange.close();
    });
    server.start();
    servers.add(server);
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/solr");
  }
}
