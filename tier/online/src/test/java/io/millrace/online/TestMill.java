// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import io.millrace.core.log.EventLog;
import io.millrace.core.registry.ArtifactRegistry;
import io.millrace.core.registry.DirectoryArtifactRegistry;
import io.millrace.core.registry.Staging;
import io.millrace.core.settings.DomainPack;
import io.millrace.engine.Arithmetic;
import io.millrace.eventlog.EventLogSettings;
import io.millrace.eventlog.EventLogs;
import io.millrace.formats.draft.FormatLimits;
import io.millrace.online.model.CanaryShare;
import io.millrace.online.security.ApiKey;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;

/** A whole gateway over a real broker, registry and index in directories of its own; model files are shared. */
final class TestMill implements AutoCloseable {

  private static final Path ROOT = Path.of("target", "mills");
  private static final AtomicInteger COUNT = new AtomicInteger();

  final Path home;
  final EventLog log;
  final ArtifactRegistry registry;
  final GatewaySettings settings;
  private final Passaging passaging;
  private final HttpClient client = HttpClient.newHttpClient();
  private Gateway gateway;

  private TestMill(
      List<ApiKey> keys,
      Limits limits,
      Deadlines deadlines,
      Function<Path, EventLog> opening,
      NearlineStates nearline,
      UpstreamPlan upstream,
      String otlp,
      DomainPack.Budgets budgets) {
    home = ROOT.resolve("mill-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet());
    DomainPack domain = new DomainPack("mill", Map.of(), List.of("en", "zh"), null, null, null, budgets);
    settings =
        new GatewaySettings(domain, home, home, "127.0.0.1", 0, List.of("mill.example"), keys, limits, deadlines,
            new CanaryShare(0.3), upstream, Arithmetic.KERNELS, otlp, FormatLimits.DEFAULTS, SnapshotPlan.NONE, MemoryPlan.EMBEDDED);
    log = opening.apply(home.resolve("log"));
    registry = DirectoryArtifactRegistry.open(home.resolve("registry"));
    passaging = new Passaging(log);
    gateway = Gateway.start(settings, log, registry, nearline);
  }

  static TestMill start() {
    return start(List.of(), Limits.DEFAULTS, Deadlines.DEFAULTS);
  }

  static TestMill start(List<ApiKey> keys, Limits limits, Deadlines deadlines) {
    return new TestMill(
        keys, limits, deadlines,
        TestMill::embedded, Map::of, UpstreamPlan.NONE, null, null);
  }

  /** With another server to ask. */
  static TestMill start(UpstreamPlan upstream, Limits limits, Deadlines deadlines) {
    return new TestMill(List.of(), limits, deadlines, TestMill::embedded, Map::of, upstream, null, null);
  }

  /** With another server to ask, and one that collects traces. */
  static TestMill start(UpstreamPlan upstream, String otlp) {
    return new TestMill(List.of(), Limits.DEFAULTS, Deadlines.DEFAULTS, TestMill::embedded, Map::of, upstream, otlp, null);
  }

  /** With a memory that must not grow beyond its budget. */
  static TestMill start(DomainPack.Budgets budgets) {
    return new TestMill(
        List.of(), Limits.DEFAULTS, Deadlines.DEFAULTS, TestMill::embedded, Map::of, UpstreamPlan.NONE, null, budgets);
  }

  /** The usual log: a broker in this process. */
  static EventLog embedded(Path directory) {
    return EventLogs.open(EventLogSettings.embedded("mill", directory).withPatience(Duration.ofSeconds(20)));
  }

  /** With a log that the test has a hand in. */
  static TestMill start(Deadlines deadlines, Function<Path, EventLog> opening) {
    return new TestMill(List.of(), Limits.DEFAULTS, deadlines, opening, Map::of, UpstreamPlan.NONE, null, null);
  }

  /** With a log that the test has a hand in, and nearline jobs that it speaks for. */
  static TestMill start(Function<Path, EventLog> opening, NearlineStates nearline) {
    return new TestMill(List.of(), Limits.DEFAULTS, Deadlines.DEFAULTS, opening, nearline, UpstreamPlan.NONE, null, null);
  }

  Gateway gateway() {
    return gateway;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.port() + path);
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofMinutes(1));
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(request(path).GET().build());
  }

  HttpResponse<String> post(String path, Object body) {
    return postText(path, Json.write(body));
  }

  HttpResponse<String> postText(String path, String body) {
    return send(
        request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build());
  }

  HttpResponse<String> put(String path, Object body) {
    return send(
        request(path).header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(Json.write(body))).build());
  }

  static JsonNode json(HttpResponse<String> response) {
    return Json.read(response.body(), JsonNode.class);
  }

  /** Puts a document and waits until it can be found. */
  void content(String id, String title, String text) {
    HttpResponse<String> response = put("/v1/documents/" + id, Map.of("title", title, "text", text));
    if (response.statusCode() != 200) {
      throw new AssertionError(response.body());
    }
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> found(title, id));
  }

  boolean found(String query, String id) {
    JsonNode hits = json(post("/v1/search", Map.of("query", query, "limit", 100))).path("hits");
    for (JsonNode hit : hits) {
      if (hit.path("document").asString().equals(id)) {
        return true;
      }
    }
    return false;
  }

  JsonNode ask(String question) {
    HttpResponse<String> response =
        post(
            "/v1/chat/completions",
            Map.of("model", "millrace", "messages", List.of(Map.of("role", "user", "content", question))));
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return json(response);
  }

  /** Reads the events of a stream; the last one is the mark that ends it, where there is one. */
  static List<JsonNode> events(HttpResponse<String> response) {
    return response.body().lines()
        .filter(line -> line.startsWith("data: ") && !line.equals("data: [DONE]"))
        .map(line -> Json.read(line.substring(6), JsonNode.class))
        .toList();
  }

  /** Puts a model into the registry and, unless it is an adapter, waits until it is served. */
  void serve(String name, String kind, Path files) throws IOException {
    int version;
    try (Staging staging = registry.stage(name, kind); Stream<Path> all = Files.list(files)) {
      for (Path file : all.toList()) {
        Files.copy(file, staging.directory().resolve(file.getFileName()));
      }
      version = staging.commit("", List.of(), Map.of(), Map.of()).version();
    }
    registry.promote(name, ArtifactRegistry.CHAMPION, version, "test");
    if (kind.equals("adapter")) {
      return;
    }
    Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> get("/v1/models").body().contains(name + "@" + version));
  }

  void restartGateway() {
    gateway.close();
    gateway = Gateway.start(settings, log, registry);
  }

  @Override
  public void close() {
    client.close();
    gateway.close();
    passaging.close();
    log.close();
    delete(home);
  }

  private static void delete(Path directory) {
    try {
      Files.walkFileTree(
          directory,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path each, IOException failure) throws IOException {
              Files.deleteIfExists(each);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
