// SPDX-License-Identifier: Apache-2.0
package io.millrace.engine.upstream;

import io.millrace.core.generation.Generation;
import io.millrace.core.generation.Generation.Finish;
import io.millrace.core.generation.GenerationRequest;
import io.millrace.engine.upstream.UpstreamFailure.Kind;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One attempt: sends a request and reads its answer as it comes. It looks every few milliseconds whether anybody still
 * waits and whether time is left, and closes the connection where not, which ends the generation over there too.
 */
final class UpstreamCall {

  private static final Duration PATIENCE = Duration.ofMillis(20);
  private static final int LONGEST_REFUSAL = 8 << 10;

  private final HttpClient client;
  private final UpstreamSettings.Timeouts timeouts;
  private final GenerationRequest request;
  private final Transcript transcript;
  private final long began = System.nanoTime();

  UpstreamCall(HttpClient client, UpstreamSettings.Timeouts timeouts, GenerationRequest request,
      Transcript transcript) {
    this.client = client;
    this.timeouts = timeouts;
    this.request = request;
    this.transcript = transcript;
  }

  /**
   * Runs the attempt to its end, or to where nobody waits for it any more.
   *
   * @throws UpstreamFailure when the server does not answer as it should
   * @throws IllegalArgumentException when the server says that the request is wrong
   */
  Generation run(HttpRequest http) throws InterruptedException {
    CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> promise =
        client.sendAsync(http, HttpResponse.BodyHandlers.ofPublisher());
    try (ByteFeed feed = new ByteFeed()) {
      HttpResponse<Flow.Publisher<List<ByteBuffer>>> response = head(promise);
      if (response == null) {
        return transcript.left(reasonToLeave());
      }
      response.body().subscribe(feed);
      if (response.statusCode() != 200) {
        throw RefusalOfUpstream.of(response.statusCode(), response.headers(), refusal(feed));
      }
      return read(feed);
    } finally {
      promise.cancel(true);
    }
  }

  /** Waits for status and headers; null when nobody waits for them any more. */
  private @Nullable HttpResponse<Flow.Publisher<List<ByteBuffer>>> head(
      CompletableFuture<HttpResponse<Flow.Publisher<List<ByteBuffer>>>> promise) throws InterruptedException {
    while (!leaving()) {
      try {
        return promise.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        requireSignOfLife(began, timeouts.first(), "did not answer");
      } catch (ExecutionException e) {
        throw new UpstreamFailure(Kind.BROKEN, "the upstream cannot be reached: " + e.getCause(), null, e.getCause());
      }
    }
    return null;
  }

  private Generation read(ByteFeed feed) throws InterruptedException {
    EventLines lines = new EventLines();
    long heard = System.nanoTime();
    while (!transcript.done() && !feed.ended()) {
      if (leaving()) {
        return transcript.left(reasonToLeave());
      }
      List<ByteBuffer> bytes = feed.next(PATIENCE);
      if (bytes.isEmpty()) {
        requireSignOfLife(heard, timeouts.next(), "fell silent");
      } else {
        heard = System.nanoTime();
      }
      for (ByteBuffer each : bytes) {
        lines.feed(each).forEach(transcript::take);
      }
      if (!transcript.begun()) {
        requireSignOfLife(began, timeouts.first(), "said nothing");
      }
    }
    return transcript.whole();
  }

  /** Reads why the server refuses, as far as it says so in time. */
  private String refusal(ByteFeed feed) throws InterruptedException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    long from = System.nanoTime();
    while (!feed.ended() && all.size() < LONGEST_REFUSAL && !leaving()
        && System.nanoTime() - from < TimeUnit.MILLISECONDS.toNanos(timeouts.next())) {
      for (ByteBuffer each : feed.next(PATIENCE)) {
        byte[] bytes = new byte[each.remaining()];
        each.get(bytes);
        all.writeBytes(bytes);
      }
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private boolean leaving() {
    return request.cancelled().getAsBoolean() || request.deadline().expired();
  }

  private Finish reasonToLeave() {
    return request.cancelled().getAsBoolean() ? Finish.CANCELLED : Finish.DEADLINE;
  }

  private static void requireSignOfLife(long since, long millis, String what) {
    if (System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(millis)) {
      throw new UpstreamFailure(Kind.SILENT, "the upstream " + what + " for " + millis + " ms");
    }
  }
}
