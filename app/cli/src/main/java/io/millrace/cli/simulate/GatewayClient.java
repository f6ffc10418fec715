// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli.simulate;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;

/** The gateway's public API, as the simulation uses it. What people do is timed; what only looks is not. */
final class GatewayClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final URI url;
  private final @Nullable String key;
  private final Measurements measurements;
  private final HttpClient client;

  GatewayClient(URI url, @Nullable String key, Measurements measurements) {
    this.url = url;
    this.key = key;
    this.measurements = measurements;
    this.client =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
  }

  /** A recommended list. */
  record Shown(String exposure, List<Page> pages) {}

  /** Searches as a person does. */
  List<Page> search(String user, String query, int limit) throws InterruptedException {
    return pages(timed("search", json("POST", "/v1/search", user, Map.of("query", query, "limit", limit))), "hits");
  }

  /** Searches without being a person: untimed. */
  List<Page> find(String query, int limit) throws InterruptedException {
    return pages(
        call("search", json("POST", "/v1/search", "simulation", Map.of("query", query, "limit", limit)), false), "hits");
  }

  /** Asks a question; returns the answer's {@code millrace} part. */
  JsonNode ask(String user, String question) throws InterruptedException {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("model", "millrace");
    body.put("user", user);
    body.put("messages", List.of(Map.of("role", "user", "content", question)));
    return timed("chat/completions", json("POST", "/v1/chat/completions", user, body)).path("millrace");
  }

  Shown recommendations(String user, @Nullable String context, boolean timed) throws InterruptedException {
    String query = "?limit=10&user=" + encode(user) + (context == null ? "" : "&context=" + encode(context));
    JsonNode list = call("recommendations", request("/v1/recommendations" + query, user).GET().build(), timed);
    return new Shown(list.path("exposure").asString(""), pages(list, "items"));
  }

  void click(String user, Page page, @Nullable String exposure, String surface, long dwellMillis)
      throws InterruptedException {
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("type", "clicked");
    event.put("user", user);
    event.put("document", page.document());
    if (exposure != null && !exposure.isEmpty()) {
      event.put("exposure", exposure);
    }
    event.put("surface", surface);
    event.put("dwell_millis", dwellMillis);
    if (!timed("events", json("POST", "/v1/events", user, event)).isMissingNode()) {
      measurements.clicked();
    }
  }

  void rate(String user, String target, double value) throws InterruptedException {
    timed(
        "events",
        json("POST", "/v1/events", user, Map.of("type", "rated", "user", user, "target", target, "value", value, "comment", "")));
  }

  /** Returns whether the document was accepted. */
  boolean put(String id, String title, String text) throws InterruptedException {
    HttpRequest request = json("PUT", "/v1/documents/" + path(id), "simulation", Map.of("title", title, "text", text));
    return !timed("documents put", request).isMissingNode();
  }

  /** Returns whether the document was deleted. */
  boolean delete(String id) throws InterruptedException {
    HttpRequest request = request("/v1/documents/" + path(id), "simulation").DELETE().build();
    return !timed("documents delete", request).isMissingNode();
  }

  private JsonNode timed(String endpoint, HttpRequest request) throws InterruptedException {
    return call(endpoint, request, true);
  }

  /** Returns the answer, or a missing node when there was none that says 2xx; failures are counted. */
  private JsonNode call(String endpoint, HttpRequest request, boolean timed) throws InterruptedException {
    long begun = System.nanoTime();
    try {
      var response = client.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        measurements.failed(endpoint, response.statusCode() + " " + reason(response.body()));
        return MissingNode.getInstance();
      }
      if (timed) {
        measurements.answered(endpoint, (System.nanoTime() - begun) / 1e6);
      }
      return response.body().length == 0 ? Json.mapper().createObjectNode() : Json.tree(response.body());
    } catch (ConnectException e) {
      throw new IllegalStateException(
          "nothing answers at " + url + ": start it with 'millrace serve', or give its address with --url", e);
    } catch (IOException | IllegalArgumentException e) {
      measurements.failed(endpoint, String.valueOf(e.getMessage()));
      return MissingNode.getInstance();
    }
  }

  private HttpRequest json(String method, String path, String user, Map<String, ?> body) {
    return request(path, user)
        .header("Content-Type", "application/json")
        .method(method, BodyPublishers.ofByteArray(Json.bytes(body)))
        .build();
  }

  private HttpRequest.Builder request(String path, String user) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve(path)).timeout(PATIENCE).header("X-Millrace-User", user);
    if (key != null && !key.isBlank()) {
      request.header("Authorization", "Bearer " + key);
    }
    return request;
  }

  private static List<Page> pages(JsonNode answer, String property) {
    List<Page> pages = new ArrayList<>();
    answer.path(property).forEach(item -> pages.add(Page.of(item)));
    return pages;
  }

  private static String reason(byte[] body) {
    try {
      JsonNode tree = Json.tree(body);
      String text = tree.path("error").path("code").asString(tree.path("error").path("message").asString(tree.path("title").asString("")));
      return text.length() > 80 ? text.substring(0, 80) : text;
    } catch (IllegalArgumentException e) {
      return "without a reason";
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** Keeps the slashes of an identity, which are part of its path. */
  private static String path(String id) {
    return encode(id).replace("%2F", "/").replace("+", "%20");
  }

  @Override
  public void close() {
    client.shutdownNow();
    client.close();
  }
}
