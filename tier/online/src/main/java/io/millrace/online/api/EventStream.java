// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.json.Json;
import jakarta.servlet.http.HttpServletResponse;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Server-sent events, written as they come. While there is nothing to say, a comment goes out now and then, which
 * clients ignore: a connection tells that its client went away only to those who write to it, and a model shall not go
 * on writing for nobody. From then on nothing is written.
 *
 * <p>Used by the request's thread and by the one that makes the pulse; this object's lock guards the response.
 */
final class EventStream implements AutoCloseable {

  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
  private static final byte[] PULSE = ": at work\n\n".getBytes(StandardCharsets.UTF_8);

  /** What fails within this time still gets an HTTP status of its own. */
  private static final Duration BEFORE_FIRST = Duration.ofSeconds(1);

  /** The first write after a client has gone succeeds, and the second one fails: it is noticed within two of these. */
  private static final Duration BETWEEN = Duration.ofMillis(300);

  private final HttpServletResponse response;
  private final Thread pulse;
  private volatile boolean gone;
  // Guarded by this.
  private boolean begun;
  // Guarded by this.
  private boolean said;
  // Guarded by this.
  private boolean closed;

  EventStream(HttpServletResponse response) {
    this.response = response;
    this.pulse = Thread.ofVirtual().name("event-stream-pulse").start(this::beat);
  }

  /** Returns whether anything was written, so that the response's status is out. */
  synchronized boolean begun() {
    return begun;
  }

  /** Returns whether a value was sent. */
  synchronized boolean said() {
    return said;
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

  /** Ends the pulse; from then on the response is the request's thread's alone. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    pulse.interrupt();
  }

  private void beat() {
    try {
      Thread.sleep(BEFORE_FIRST);
      while (!gone) {
        synchronized (this) {
          if (closed) {
            return;
          }
          put(PULSE);
        }
        Thread.sleep(BETWEEN);
      }
    } catch (InterruptedException e) {
      // Closed.
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void write(byte[] data) {
    said = true;
    put(DATA, data, END);
  }

  private synchronized void put(byte[]... parts) {
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
      for (byte[] part : parts) {
        out.write(part);
      }
      response.flushBuffer();
    } catch (IOException e) {
      gone = true;
    }
  }
}
