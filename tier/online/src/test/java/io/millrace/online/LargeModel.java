// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.core.json.Json;
import io.millrace.engine.upstream.Dialect;
import io.millrace.engine.upstream.UpstreamSettings;
import io.millrace.online.answer.UpstreamUse;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A server with OpenAI's API that stands for a large model: it says what it is told to say ({@code say: …}), calls the
 * tools that it is given, and fills in the schema that it is to follow. All over real HTTP, as a stream.
 */
final class LargeModel implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final List<JsonNode> asked = new CopyOnWriteArrayList<>();
  /** With what it answers; other than 200, it fails. */
  volatile int status = 200;

  LargeModel() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  UpstreamPlan plan(UpstreamUse use) {
    String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    return new UpstreamPlan(
        new UpstreamSettings(
            url, "large", null, null, Dialect.VLLM, 4096, 0, null, null, null,
            new UpstreamSettings.Retries(1, 5, 5), new UpstreamSettings.Breaker(100, 1_000, 10), null),
        use);
  }

  private void handle(HttpExchange exchange) {
    try (exchange) {
      JsonNode body = Json.tree(exchange.getRequestBody().readAllBytes());
      asked.add(body);
      exchange.getResponseHeaders().set("Content-Type", status == 200 ? "text/event-stream" : "application/json");
      exchange.sendResponseHeaders(status, 0);
      OutputStream out = exchange.getResponseBody();
      if (status == 200) {
        answer(body, out);
      } else {
        out.write("{\"error\":{\"message\":\"the large model is away\"}}".getBytes(StandardCharsets.UTF_8));
      }
      out.close();
    } catch (IOException e) {
      // The client went away.
    }
  }

  private static void answer(JsonNode body, OutputStream out) throws IOException {
    boolean chat = body.has("messages");
    String asked = chat ? lastUserMessage(body) : body.path("prompt").asString();
    String finish = "stop";
    int written = 0;
    if (body.has("tools") && !body.path("tool_choice").asString("").equals("none") && !hasResult(body)) {
      finish = "tool_calls";
      for (JsonNode tool : body.path("tools")) {
        String name = tool.path("function").path("name").asString();
        String chosen = body.path("tool_choice").path("function").path("name").asString("");
        if (chosen.isEmpty() ? asked.contains(name) || body.path("tools").size() == 1 : chosen.equals(name)) {
          call(written++, name, filled(tool.path("function").path("parameters")), out);
        }
      }
    } else {
      for (String piece : pieces(text(body, asked))) {
        if (written == body.path("max_tokens").asInt(1_000)) {
          finish = "length";
          break;
        }
        send(out, Map.of("choices", List.of(choice(body, chat, piece))));
        written++;
      }
    }
    send(out, Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "text", "", "finish_reason", finish))));
    send(out, Map.of("choices", List.of(), "usage", Map.of("prompt_tokens", 20, "completion_tokens", written)));
    out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
  }

  private static String text(JsonNode body, String asked) {
    JsonNode schema = body.at("/response_format/json_schema/schema");
    if (schema.isObject()) {
      return filled(schema);
    }
    if (body.at("/response_format/type").asString("").equals("json_object")) {
      return "{\"said\":\"" + asked.replaceAll("[^a-z ]", "") + "\"}";
    }
    int say = asked.indexOf("say: ");
    return say >= 0 ? asked.substring(say + 5) : hasResult(body) ? "It is " + lastResult(body) + "." : "Hello from the large model.";
  }

  private static Map<String, Object> choice(JsonNode body, boolean chat, String piece) {
    Map<String, Object> choice = new LinkedHashMap<>(Map.of("index", 0));
    choice.put(chat ? "delta" : "text", chat ? Map.of("content", piece) : piece);
    if (chat && body.path("logprobs").asBoolean(false)) {
      List<Object> top = new ArrayList<>();
      for (int i = 0; i < body.path("top_logprobs").asInt(); i++) {
        top.add(Map.of("token", "t" + i, "logprob", -1.0 - i, "bytes", List.of(116, 48 + i)));
      }
      choice.put("logprobs", Map.of("content", List.of(Map.of("token", piece, "logprob", -0.5, "top_logprobs", top))));
    } else if (!chat && body.has("logprobs")) {
      choice.put(
          "logprobs",
          Map.of("tokens", List.of(piece), "token_logprobs", List.of(-0.5), "top_logprobs", List.of(Map.of("t0", -1.0))));
    }
    return choice;
  }

  private static void call(int index, String name, String arguments, OutputStream out) throws IOException {
    delta(out, Map.of("index", index, "id", "call-" + index, "type", "function", "function", Map.of("name", name, "arguments", "")));
    for (String piece : pieces(arguments)) {
      delta(out, Map.of("index", index, "function", Map.of("arguments", piece)));
    }
  }

  private static void delta(OutputStream out, Object call) throws IOException {
    send(out, Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("tool_calls", List.of(call))))));
  }

  /** Something that an object schema admits. */
  private static String filled(JsonNode schema) {
    Map<String, Object> value = new LinkedHashMap<>();
    schema.path("properties").properties().forEach(property -> {
      String type = property.getValue().path("type").asString("string");
      value.put(property.getKey(), type.equals("string") ? "Bern" : type.equals("boolean") ? (Object) true : (Object) 7);
    });
    return Json.write(value);
  }

  private static boolean hasResult(JsonNode body) {
    JsonNode messages = body.path("messages");
    return !messages.isEmpty() && messages.get(messages.size() - 1).path("role").asString().equals("tool");
  }

  private static String lastResult(JsonNode body) {
    return body.path("messages").get(body.path("messages").size() - 1).path("content").asString();
  }

  private static String lastUserMessage(JsonNode body) {
    String last = "";
    for (JsonNode message : body.path("messages")) {
      last = message.path("role").asString().equals("user") ? message.path("content").asString() : last;
    }
    return last;
  }

  /** Words, each with the space before it; what has none is cut anyhow. */
  private static List<String> pieces(String text) {
    List<String> pieces = new ArrayList<>();
    for (String word : text.split("(?<=.)(?= )")) {
      for (int at = 0; at < word.length(); at += 8) {
        pieces.add(word.substring(at, Math.min(word.length(), at + 8)));
      }
    }
    return pieces;
  }

  private static void send(OutputStream out, Object chunk) throws IOException {
    out.write(("data: " + Json.write(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
