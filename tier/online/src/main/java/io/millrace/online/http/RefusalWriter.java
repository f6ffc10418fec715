// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.http;

import io.millrace.core.json.Json;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes refusals: in OpenAI's shape under {@code /v1}, as problem details (RFC 9457) elsewhere. */
public final class RefusalWriter {

  private RefusalWriter() {}

  /** Writes a refusal, unless the response has begun already. */
  public static void write(HttpServletRequest request, HttpServletResponse response, Refusal refusal)
      throws IOException {
    if (response.isCommitted()) {
      return;
    }
    response.resetBuffer();
    response.setStatus(refusal.status());
    Duration retryAfter = refusal.retryAfter();
    if (retryAfter != null) {
      response.setHeader("Retry-After", Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
    }
    boolean api = path(request).startsWith("/v1/") || path(request).equals("/v1");
    if (refusal.status() == 401 && api) {
      response.setHeader("WWW-Authenticate", "Bearer");
    }
    response.setContentType(api ? "application/json" : "application/problem+json");
    byte[] body = Json.bytes(api ? openAi(refusal) : problem(request, refusal));
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }

  /** Returns the body of a refusal in OpenAI's shape. */
  public static Map<String, Object> openAi(Refusal refusal) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", refusal.getMessage());
    error.put("type", refusal.type());
    error.put("param", refusal.param());
    error.put("code", refusal.code());
    return Map.of("error", error);
  }

  private static Map<String, Object> problem(HttpServletRequest request, Refusal refusal) {
    Map<String, Object> problem = new LinkedHashMap<>();
    HttpStatus status = HttpStatus.resolve(refusal.status());
    problem.put("type", "about:blank");
    problem.put("title", status == null ? "Error" : status.getReasonPhrase());
    problem.put("status", refusal.status());
    problem.put("detail", refusal.getMessage());
    problem.put("instance", path(request));
    if (refusal.code() != null) {
      problem.put("code", refusal.code());
    }
    return problem;
  }

  /** Returns the path that the client asked for, also while an error is being reported. */
  static String path(HttpServletRequest request) {
    Object original = request.getAttribute("jakarta.servlet.error.request_uri");
    return original instanceof String uri ? uri : String.valueOf(request.getRequestURI());
  }
}
