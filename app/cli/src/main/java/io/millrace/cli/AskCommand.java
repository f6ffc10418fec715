// SPDX-License-Identifier: Apache-2.0
package io.millrace.cli;

import io.millrace.core.json.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/** Asks a running gateway and prints the answer as it comes, with its sources. */
@Command(name = "ask", description = "Ask a running gateway; prints the answer with its sources.", mixinStandardHelpOptions = true)
final class AskCommand implements Callable<Integer> {

  @CommandLine.Spec CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

  @Parameters(paramLabel = "QUESTION", arity = "1..*", description = "The question; quotes are not needed.")
  List<String> words = List.of();

  @Option(names = "--url", description = "Address of the gateway (${DEFAULT-VALUE}).")
  URI url = URI.create("http://127.0.0.1:8080");

  @Option(names = "--model", description = "millrace (default), or a model that /v1/models names.")
  String model = "millrace";

  @Option(names = "--key", description = "API key, where the gateway wants one; also from MILLRACE_API_KEY.",
      defaultValue = "${env:MILLRACE_API_KEY}")
  @Nullable String key;

  @Option(names = "--why", description = "Show the retrieved passages, verdicts and timings too.")
  boolean why;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Map<String, Object> body =
        Map.of(
            "model", model,
            "stream", true,
            "messages", List.of(Map.of("role", "user", "content", String.join(" ", words))));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url.resolve("/v1/chat/completions"))
            .timeout(Duration.ofMinutes(2))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(Json.bytes(body)));
    if (key != null && !key.isBlank()) {
      request.header("Authorization", "Bearer " + key);
    }
    PrintWriter out = spec.commandLine().getOut();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
      var response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (BufferedReader lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        if (response.statusCode() != 200) {
          throw new IllegalStateException(refusal(response.statusCode(), lines.readAllAsString()));
        }
        print(lines, out);
      }
    } catch (ConnectException e) {
      throw new IllegalStateException(
          "nothing answers at " + url + ": start it with 'millrace serve', or give its address with --url", e);
    }
    return 0;
  }

  private void print(BufferedReader lines, PrintWriter out) throws IOException {
    JsonNode details = null;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.startsWith("data:")) {
        continue;
      }
      String data = line.substring(5).strip();
      if (data.equals("[DONE]")) {
        break;
      }
      JsonNode chunk = Json.read(data, JsonNode.class);
      if (chunk.has("error")) {
        throw new IllegalStateException(chunk.path("error").path("message").asString());
      }
      String text = chunk.path("choices").path(0).path("delta").path("content").asString("");
      out.print(text);
      out.flush();
      if (chunk.has("millrace")) {
        details = chunk.get("millrace");
      }
    }
    out.println();
    if (details != null) {
      sources(details, out);
    }
    out.flush();
  }

  private void sources(JsonNode details, PrintWriter out) {
    for (JsonNode citation : details.path("citations")) {
      out.printf("  [%d] %s%s%n", citation.path("number").asInt(), citation.path("document").asString(),
          citation.path("heading").asString("").isBlank() ? "" : " › " + citation.path("heading").asString());
    }
    out.printf("(%s, %s)%n", details.path("mode").asString("?"), details.path("model").asString("no model"));
    if (why) {
      out.println(Json.writePretty(details));
    }
  }

  /** Returns what a gateway that refused something said. */
  static String refusal(int status, String body) {
    String message;
    try {
      message = Json.read(body, JsonNode.class).path("error").path("message").asString(body);
    } catch (IllegalArgumentException e) {
      message = body;
    }
    return "the gateway answered " + status + ": " + message;
  }
}
