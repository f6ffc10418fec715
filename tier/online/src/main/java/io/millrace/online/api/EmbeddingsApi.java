// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.spi.Embedder;
import io.millrace.core.time.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import io.millrace.online.answer.AnswerTooLate;
import io.millrace.online.answer.Tokens;
import io.millrace.online.answer.Workers;
import io.millrace.online.http.Fields;
import io.millrace.online.http.JsonBodies;
import io.millrace.online.http.Refusal;
import io.millrace.online.security.ApiKey.Role;
import io.millrace.online.security.Caller;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/**
 * {@code POST /v1/embeddings}, as OpenAI's clients know it; beyond that, {@code input_type} {@code query} embeds
 * questions in the way that the model wants them.
 */
@RestController
public final class EmbeddingsApi {

  private static final int LONGEST = 32_768;

  private final Map<String, Embedder> embedders = new LinkedHashMap<>();
  private final Workers workers;
  private final JsonBodies bodies;
  private final Limits limits;
  private final Deadlines deadlines;

  public EmbeddingsApi(
      List<? extends Embedder> embedders, Workers workers, JsonBodies bodies, Limits limits, Deadlines deadlines) {
    embedders.forEach(embedder -> this.embedders.put(embedder.model(), embedder));
    this.workers = workers;
    this.bodies = bodies;
    this.limits = limits;
    this.deadlines = deadlines;
  }

  /** Embeds texts. */
  @PostMapping("/v1/embeddings")
  public Map<String, Object> embed(HttpServletRequest request) throws IOException {
    Caller caller = Caller.of(request);
    caller.require(Role.ASK);
    caller.requireTokens();
    Deadline deadline = RequestTime.of(request, deadlines);
    Fields body = bodies.object(request);
    String name = body.text("model", 256);
    Embedder embedder = embedders.get(name);
    if (embedder == null) {
      throw ModelNames.unknown(name, List.copyOf(embedders.keySet()));
    }
    if (body.integer("dimensions", 1, 1 << 20, embedder.dimension()) != embedder.dimension()) {
      throw Refusal.badRequest("dimensions", name + " makes vectors of " + embedder.dimension() + " dimensions only");
    }
    boolean base64 = oneOf(body, "encoding_format", "float", "base64").equals("base64");
    boolean query = oneOf(body, "input_type", "document", "query").equals("query");
    List<String> texts = texts(body);
    List<float[]> vectors;
    try {
      vectors =
          workers.within(deadline, () -> query ? embedder.embedQueries(texts) : embedder.embedPassages(texts));
    } catch (TimeoutException e) {
      throw new AnswerTooLate("the texts could not be embedded in time: send fewer at once");
    }
    int tokens = texts.stream().mapToInt(Tokens::count).sum();
    caller.charge(tokens);
    List<Map<String, Object>> data = new ArrayList<>();
    for (float[] vector : vectors) {
      data.add(
          Map.of("object", "embedding", "index", data.size(), "embedding", base64 ? base64(vector) : (Object) vector));
    }
    return Map.of(
        "object", "list", "model", name, "data", data, "usage", Map.of("prompt_tokens", tokens, "total_tokens", tokens));
  }

  private List<String> texts(Fields body) {
    JsonNode input = body.node().get("input");
    if (input == null || input.isNull()) {
      throw Refusal.badRequest("input", "input is missing: it must be a text or a list of texts");
    }
    List<String> texts =
        input.isArray() ? body.texts("input", limits.batch(), LONGEST) : List.of(Fields.text(input, "input", LONGEST));
    if (texts.isEmpty() || texts.stream().anyMatch(String::isBlank)) {
      throw Refusal.badRequest("input", "input is empty or holds a blank text");
    }
    return texts;
  }

  private static String oneOf(Fields body, String name, String usual, String other) {
    String value = body.optionalText(name, 32).orElse(usual);
    if (!value.equals(usual) && !value.equals(other)) {
      throw Refusal.badRequest(name, name + " is '" + value + "': use " + usual + " or " + other);
    }
    return value;
  }

  /** Little-endian 32-bit floats, as OpenAI's clients expect. */
  private static String base64(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}
