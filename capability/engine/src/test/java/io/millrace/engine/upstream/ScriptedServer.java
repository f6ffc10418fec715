// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.core.json.Json;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A real HTTP server that answers as it is told, request by request; the last answer is given again and again. */
final class ScriptedServer implements AutoCloseable {

  /** What it does with one request. */
  interface Scene {
    void play(HttpExchange exchange) throws Exception;
  }

  /** What was asked. */
  record Asked(String path, String authorization, JsonNode body) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Scene> scenes = new ArrayDeque<>();
  final List<Asked> asked = new CopyOnWriteArrayList<>();

  ScriptedServer(Scene... all) {
    scenes.addAll(List.of(all));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
  }

  private void handle(HttpExchange exchange) {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      asked.add(
          new Asked(
              exchange.getRequestURI().getPath(), String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
              Json.tree(body)));
      Scene scene;
      synchronized (this) {
        scene = scenes.size() > 1 ? scenes.remove() : scenes.element();
      }
      scene.play(exchange);
    } catch (Exception e) {
      // The client went away, or the scene breaks the connection.
    }
  }

  /** Refuses with a status. */
  static Scene status(int status, String body, String... headers) {
    return exchange -> {
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  /** Streams these events, then ends the response properly. */
  static Scene events(String... events) {
    return exchange -> {
      OutputStream out = begin(exchange);
      for (String event : events) {
        send(out, event);
      }
      out.close();
    };
  }

  /** Streams these events, then breaks the connection. */
  static Scene broken(String... events) {
    return exchange -> {
      OutputStream out = begin(exchange);
      for (String event : events) {
        send(out, event);
      }
      throw new IOException("broken off");
    };
  }

  static OutputStream begin(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    return exchange.getResponseBody();
  }

  static void send(OutputStream out, String event) throws IOException {
    out.write(("data: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  static String text(String text) {
    return Json.write(Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", text)))));
  }

  static String finish(String reason) {
    return "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" + reason + "\"}]}";
  }

  static String usage(int prompt, int completion) {
    return "{\"choices\":[],\"usage\":{\"prompt_tokens\":" + prompt + ",\"completion_tokens\":" + completion
        + ",\"total_tokens\":" + (prompt + completion) + ",\"prompt_tokens_details\":{\"cached_tokens\":3}}}";
  }

  /** A whole answer of two pieces. */
  static Scene answer() {
    return events(text("Hello"), text(" wörld 世界"), finish("stop"), usage(7, 4), "[DONE]");
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
