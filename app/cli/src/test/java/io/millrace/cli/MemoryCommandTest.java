// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

class MemoryCommandTest {

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir Path folder;
  private Path homes;

  @Test
  void aRunningGatewayTakesASnapshotThatIsRestoredOnAnotherMachine() throws Exception {
    Path pack = folder.resolve("tiny");
    TinyDomain.write(pack);
    homes = folder.resolve("homes");
    Path home = Files.createDirectories(homes.resolve("tiny"));
    try (MillProcess serving = serve(pack)) {
      String url = serving.awaitReady(PATIENCE);
      put(url, "notes/one", "Kilimanjaro is written on the first sack.");
      assertThat(run(0, "memory", "snapshot", pack.toString(), "--url", url, "--name", "kept")).contains("Snapshot kept: 1 documents");
      put(url, "notes/two", "Zanzibar is written on the second sack.");
      assertThat(run(1, "memory", "snapshot", "--url", url, "--name", "kept")).contains("'kept' already");
      assertThat(run(1, "memory", "restore", "kept", pack.toString())).contains("is in use by process");
      serving.interrupt();
      serving.awaitExit(PATIENCE);
    }
    assertThat(run(1, "memory", "snapshot", "--url", "http://127.0.0.1:1")).contains("millrace serve");
    assertThat(run(0, "memory", "snapshots", pack.toString())).contains("kept").contains("documents=1");
    assertThat(run(1, "memory", "restore", "none", pack.toString())).contains("no snapshot 'none'").contains("kept");
    moveToAnotherMachine(home);
    assertThat(run(0, "memory", "restore", "kept", pack.toString())).contains("is that of snapshot kept");
    assertThat(homes.resolve("tiny").resolve("index").resolve("passages")).isDirectory();
    try (MillProcess serving = serve(pack)) {
      String url = serving.awaitReady(PATIENCE);
      Awaitility.await().atMost(PATIENCE).until(() -> found(url, "kilimanjaro", "notes/one") && found(url, "zanzibar", "notes/two"));
    }
    assertThat(run(0, "memory", "verify", "kept", pack.toString())).contains("is sound");
    assertThat(run(0, "memory", "delete", "kept", pack.toString())).contains("is deleted");
    assertThat(run(0, "memory", "snapshots", pack.toString())).contains("no snapshots");
  }

  /** Copies what is needed there, and takes the first one away. */
  private void moveToAnotherMachine(Path home) throws IOException {
    homes = folder.resolve("elsewhere");
    for (String part : List.of("log", "registry", "snapshots")) {
      Path from = home.resolve(part);
      Files.createDirectories(homes.resolve("tiny"));
      try (Stream<Path> all = Files.walk(from)) {
        for (Path path : (Iterable<Path>) all::iterator) {
          Files.copy(path, homes.resolve("tiny").resolve(home.relativize(path)));
        }
      }
    }
    Files.move(home, folder.resolve("gone"));
  }

  private MillProcess serve(Path pack) throws Exception {
    return MillProcess.start(homes, "serve", pack.toString(), "--port", "0");
  }

  private String run(int exit, String... arguments) throws Exception {
    try (MillProcess command = MillProcess.start(homes, arguments)) {
      assertThat(command.awaitExit(PATIENCE)).as(command.output()).isEqualTo(exit);
      return command.output();
    }
  }

  private static void put(String url, String id, String text) throws Exception {
    String body = Json.write(Map.of("title", id, "text", text));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/v1/documents/" + id)).header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(body)).build();
    assertThat(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    String word = text.substring(0, text.indexOf(' '));
    Awaitility.await().atMost(PATIENCE).until(() -> found(url, word, id));
  }

  private static boolean found(String url, String query, String id) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/search?query=" + query)).build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body().contains("\"" + id + "\"");
  }
}
