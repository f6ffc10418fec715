// SPDX-License-Identifier: Apache-2.0
package io.millrace.memory.solr;

import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.memory.MemoryUnavailable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * Solr's nodes over HTTP. Each request goes to one of them, in turn; where that one does not answer, to the next, until the deadline. So a request
 * may be carried out twice, and only such may be sent as do no harm then. Safe for use by several threads.
 */
final class SolrNodes implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(SolrNodes.class);

  private static final Duration CONNECT = Duration.ofSeconds(2);

  /** A node that did not answer is asked last for so long. */
  private static final Duration SHUNNED = Duration.ofSeconds(5);

  /** What a request that has no deadline of its own may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** A question is searched by its words even when its time is over; that takes so long at least. */
  private static final Duration LEAST = Duration.ofMillis(250);

  private static final int SERVER_ERROR = 500;
  private static final int OK = 200;

  private final List<URI> nodes;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();
  private final AtomicInteger turn = new AtomicInteger();

  /** When a node last failed, on the monotonic clock. */
  private final Map<URI, Long> failed = new ConcurrentHashMap<>();

  SolrNodes(List<URI> nodes) {
    this.nodes = List.copyOf(nodes);
  }

  /** Solr refused a request: sending it again would not help. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;
    private final int status;

    Refused(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /** Returns the time that a request with a query's deadline may take. */
  static Deadline of(Deadline query) {
    Deadline bounded = query.atMost(PATIENCE);
    return bounded.remaining().compareTo(LEAST) < 0 ? Deadline.after(LEAST) : bounded;
  }

  /**
   * Asks with a form.
   *
   * @param path such as {@code /admin/collections}
   * @throws Refused when Solr understood and refused
   * @throws MemoryUnavailable when no node answered in time
   */
  JsonNode ask(String path, Map<String, String> form, Deadline deadline) throws Refused {
    String body =
        form.entrySet().stream()
            .map(each -> (each.getKey().startsWith("fq.") ? "fq" : each.getKey()) + "=" + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    return send(path + "?wt=json", "application/x-www-form-urlencoded", body.getBytes(StandardCharsets.UTF_8), deadline);
  }

  /**
   * Sends a body.
   *
   * @param path with parameters
   * @throws Refused when Solr understood and refused
   * @throws MemoryUnavailable when no node answered in time
   */
  JsonNode send(String path, String type, byte[] body, Deadline deadline) throws Refused {
    Exception last = null;
    int tries = 0;
    while (tries == 0 || tries < 2 * nodes.size() && !deadline.expired()) {
      URI node = next(tries++);
      try {
        boolean another = tries == 1 && nodes.size() > 1;
        HttpResponse<byte[]> response = http.send(request(node, path, type, body, deadline, another), BodyHandlers.ofByteArray());
        if (response.statusCode() == OK) {
          failed.remove(node);
          return Json.tree(response.body());
        }
        String message = "Solr (" + node + path.replaceAll("\\?.*", "") + ") answered " + response.statusCode() + ": " + error(response.body());
        if (response.statusCode() < SERVER_ERROR) {
          throw new Refused(response.statusCode(), message);
        }
        last = new IOException(message);
      } catch (Refused e) {
        throw e;
      } catch (IOException e) {
        last = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new MemoryUnavailable("interrupted while waiting for Solr", e);
      }
      failed.put(node, System.nanoTime());
      LOG.debug("{} did not answer {}: {}", node, path, String.valueOf(last));
    }
    throw new MemoryUnavailable("Solr does not answer (" + nodes.size() + " nodes, " + tries + " tries): " + last, last);
  }

  /** A node that is there and says nothing takes half of the time at most, where another one may be asked. */
  private static HttpRequest request(URI node, String path, String type, byte[] body, Deadline deadline, boolean another) {
    Duration left = another ? deadline.remaining().dividedBy(2) : deadline.remaining();
    return HttpRequest.newBuilder(URI.create(node + path))
        .timeout(left.isZero() ? Duration.ofMillis(1) : left)
        .header("Content-Type", type)
        .POST(BodyPublishers.ofByteArray(body))
        .build();
  }

  /** Those that failed of late come last, the one that failed longest ago before the others. */
  private URI next(int tried) {
    long now = System.nanoTime();
    int first = Math.floorMod(turn.getAndIncrement(), nodes.size());
    List<URI> order = new ArrayList<>();
    for (int i = 0; i < nodes.size(); i++) {
      order.add(nodes.get((first + i) % nodes.size()));
    }
    order.sort(Comparator.comparingLong(node -> shunned(node, now)));
    // After a failure the failed one is last in this order already, so the first is another one.
    return order.get(tried < nodes.size() ? 0 : tried % nodes.size());
  }

  private long shunned(URI node, long now) {
    Long at = failed.get(node);
    return at == null || now - at > SHUNNED.toNanos() ? 0 : SHUNNED.toNanos() - (now - at);
  }

  private static String error(byte[] body) {
    try {
      JsonNode message = Json.tree(body).path("error").path("msg");
      return message.isMissingNode() ? excerpt(body) : message.asString();
    } catch (IllegalArgumentException e) {
      return excerpt(body);
    }
  }

  private static String excerpt(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }

  /** Returns the first text under a key, or null. */
  static @Nullable String text(JsonNode node, String key) {
    JsonNode value = node.path(key);
    return value.isString() ? value.asString() : null;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
