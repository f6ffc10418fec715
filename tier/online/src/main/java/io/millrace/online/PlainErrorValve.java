// SPDX-License-Identifier: Apache-2.0
package io.millrace.online;

import io.millrace.core.json.Json;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.apache.tomcat.util.ExceptionUtils;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Map;

/** Reports requests that are refused before any of our code sees them, such as broken request lines, as JSON. */
public final class PlainErrorValve extends ErrorReportValve {

  @Override
  protected void report(Request request, Response response, @Nullable Throwable thrown) {
    int status = response.getStatus();
    if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
      return;
    }
    String message = "the request is not valid HTTP, or too long in its first line or headers";
    String uri = request.getRequestURI();
    boolean api = uri != null && uri.startsWith("/v1");
    Object body =
        api
            ? Map.of("error", Map.of("message", message, "type", "invalid_request_error", "code", "bad_http"))
            : Map.of("type", "about:blank", "title", "Bad request", "status", status, "detail", message);
    try {
      response.setContentType(api ? "application/json" : "application/problem+json");
      response.getOutputStream().write(Json.bytes(body));
      response.finishResponse();
    } catch (IOException | IllegalStateException e) {
      // The connection is in no state to carry an explanation; Tomcat closes it.
      ExceptionUtils.handleThrowable(e);
    }
  }
}
