// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** Waits for a gateway as a load balancer would: by asking its readiness address. */
final class Readiness {

  private static final long POLL_MILLIS = 100;

  private final URI address;

  Readiness(String gateway) {
    this.address = URI.create(gateway + "/actuator/health/readiness");
  }

  /** Waits until the gateway says that it is ready to answer from everything that is indexed. */
  void await(BooleanSupplier cancelled, Consumer<String> watcher) throws IOException, InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(5)).build();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (true) {
        HttpResponse<byte[]> response = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        JsonNode health = Json.tree(response.body());
        if (response.statusCode() == 200) {
          return;
        }
        JsonNode index = health.path("components").path("index").path("details");
        watcher.accept(
            String.format(
                Locale.ROOT,
                "%,d documents and %,d passages can be searched, %,d changes to go",
                index.path("documents").asLong(), index.path("passages").asLong(), index.path("lag").asLong()));
        if (cancelled.getAsBoolean()) {
          throw new CancellationException("stopped while waiting for the index");
        }
        Thread.sleep(POLL_MILLIS);
      }
    }
  }
}
