// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.json.Json;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;

/** Bodies of a known length. */
final class JsonResponse {

  private JsonResponse() {}

  static void write(HttpServletResponse response, Object value) throws IOException {
    byte[] body = Json.bytes(value);
    response.setContentType("application/json");
    response.setContentLength(body.length);
    response.getOutputStream().write(body);
  }
}
