// SPDX-License-Identifier: Apache-2.0
package io.millrace.online.api;

import io.millrace.core.json.Json;
import io.millrace.core.time.Deadline;
import io.millrace.online.http.FrontFilter;
import io.millrace.online.http.RefusalWriter;
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

  /** A client that has not read its answer so long after the deadline is taken for gone. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final HttpServletResponse response;
  private final Deadline deadline;
  private final Thread pulse;
  private volatile boolean gone;
  // Guarded by this.
  private boolean begun;
  // Guarded by this.
  private boolean said;
  // Guarded by this.
  private boolean closed;

  private EventStream(HttpServletResponse response, Deadline deadline) {
    this.response = response;
    this.deadline = Deadline.after(deadline.remaining().plus(GRACE));
    this.pulse = Thread.ofVirtual().name("event-stream-pulse").start(this::beat);
  }

  /** Makes the events of a response. */
  interface Source {
    void stream(EventStream stream);
  }

  /**
   * Responds with a stream.
   *
   * @param deadline of the request
   * @throws RuntimeException what the source fails with before anything went out; later failures are an event
   */
  static void respond(HttpServletResponse response, Deadline deadline, Source source) {
    try (EventStream stream = new EventStream(response, deadline)) {
      try {
        source.stream(stream);
      } catch (RuntimeException e) {
        stream.close();
        if (!stream.begun()) {
          throw e;
        }
        // The status went out with the first piece; OpenAI's clients understand an error among the events.
        stream.send(RefusalWriter.openAi(FrontFilter.refusal(e)));
      }
    }
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
    write("", Json.bytes(value));
  }

  /** Sends a value as JSON, as an event with a name. */
  void send(String event, Object value) {
    write("event: " + event + "\n", Json.bytes(value));
  }

  /** Sends the mark that ends OpenAI's streams. */
  void done() {
    write("", "[DONE]".getBytes(StandardCharsets.UTF_8));
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

  private synchronized void write(String name, byte[] data) {
    said = true;
    put(name.getBytes(StandardCharsets.UTF_8), DATA, data, END);
  }

  private synchronized void put(byte[]... parts) {
    if (gone || deadline.expired()) {
      gone = true;
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
