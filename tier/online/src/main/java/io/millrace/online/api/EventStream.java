// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.json.Json;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Server-sent events, written as they come. A client that went away is noticed at the next event; from then on
 * nothing is written. Confined to the request's thread but for {@link #gone}.
 */
final class EventStream {

  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);

  private final HttpServletResponse response;
  private volatile boolean gone;
  private boolean begun;

  EventStream(HttpServletResponse response) {
    this.response = response;
  }

  /** Returns whether anything was written. */
  boolean begun() {
    return begun;
  }

  /** Returns whether the client went away. */
  boolean gone() {
    return gone;
  }

  /** Sends a value as JSON. */
  void send(Object value) {
    write(Json.bytes(value));
  }

  /** Sends the mark that ends OpenAI's streams. */
  void done() {
    write("[DONE]".getBytes(StandardCharsets.UTF_8));
  }

  private void write(byte[] data) {
    if (gone) {
      return;
    }
    try {
      if (!begun) {
        begun = true;
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no");
      }
      OutputStream out = response.getOutputStream();
      out.write(DATA);
      out.write(data);
      out.write(END);
      response.flushBuffer();
    } catch (IOException e) {
      gone = true;
    }
  }
}
