// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.core.time.Deadline;
import io.millrace.online.Deadlines;
import io.millrace.online.Limits;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Locale;

/** Receives JSON bodies within limits of size, depth and time. */
public final class JsonBodies {

  private static final int CHUNK = 16 * 1024;
  private static final int LONGEST_NAME = 256;
  private static final int LONGEST_NUMBER = 64;

  private final Limits limits;
  private final Deadlines deadlines;
  private final JsonMapper mapper;

  public JsonBodies(Limits limits, Deadlines deadlines) {
    this.limits = limits;
    this.deadlines = deadlines;
    StreamReadConstraints constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.jsonDepth())
            .maxStringLength(limits.bodyBytes())
            .maxNameLength(LONGEST_NAME)
            .maxNumberLength(LONGEST_NUMBER)
            .build();
    this.mapper =
        JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  /**
   * Receives a JSON object.
   *
   * @throws Refusal when it is none, too large, too deep or too slow
   */
  public Fields object(HttpServletRequest request) throws IOException {
    String type = request.getContentType();
    if (!json(type)) {
      throw Refusal.of(
          415,
          "the body is sent as " + (type == null ? "no type at all" : type) + ": send JSON with Content-Type: application/json");
    }
    byte[] body = bytes(request);
    if (body.length == 0) {
      throw Refusal.badRequest(null, "the body is empty: send a JSON object");
    }
    JsonNode tree;
    try {
      tree = mapper.readTree(body);
    } catch (StreamConstraintsException e) {
      throw Refusal.badRequest(null, "the JSON is nested too deeply or holds too long a name or number (deepest "
          + limits.jsonDepth() + " levels, names of " + LONGEST_NAME + " characters, numbers of " + LONGEST_NUMBER + ")");
    } catch (JacksonException e) {
      throw Refusal.badRequest(null, "the body is not valid JSON" + place(e) + ": " + e.getOriginalMessage());
    }
    if (!tree.isObject()) {
      throw Refusal.badRequest(null, "the body is not a JSON object");
    }
    return new Fields(tree, "");
  }

  private byte[] bytes(HttpServletRequest request) throws IOException {
    if (request.getContentLengthLong() > limits.bodyBytes()) {
      throw tooLarge();
    }
    Deadline deadline = Deadline.after(Duration.ofMillis(deadlines.body()));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] chunk = new byte[CHUNK];
    // Not closed: closing would wait for the rest of a body that is refused.
    InputStream in = request.getInputStream();
    for (int read = read(in, chunk); read >= 0; read = read(in, chunk)) {
      all.write(chunk, 0, read);
      if (all.size() > limits.bodyBytes()) {
        throw tooLarge();
      }
      if (deadline.expired()) {
        throw Refusal.slowBody("the body did not arrive within " + deadlines.body() + " ms");
      }
    }
    return all.toByteArray();
  }

  /** Tells a body that broke off, which is the client's doing, from failures inside. */
  private static int read(InputStream in, byte[] chunk) {
    try {
      return in.read(chunk);
    } catch (IOException e) {
      throw e instanceof SocketTimeoutException || e.getCause() instanceof SocketTimeoutException
          ? Refusal.slowBody("the body stopped arriving")
          : Refusal.of(400, "the body broke off");
    }
  }

  private Refusal tooLarge() {
    return Refusal.tooLarge(
        "the body has more than " + limits.bodyBytes() + " bytes: send less at once, or raise gateway.limits.bodyBytes");
  }

  private static boolean json(@Nullable String type) {
    if (type == null) {
      return false;
    }
    String media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return media.equals("application/json") || media.endsWith("+json");
  }

  private static String place(JacksonException e) {
    return e.getLocation() == null
        ? ""
        : " at line " + e.getLocation().getLineNr() + ", column " + e.getLocation().getColumnNr();
  }
}
